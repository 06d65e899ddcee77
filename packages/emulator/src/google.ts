import type { EmulatorClock } from "./clock.ts";
import type { Directory } from "./directory.ts";
import type { GrantLedger } from "./grants.ts";
import type { KeyRing } from "./keys.ts";
import type { Settings } from "./options.ts";
import type { ServiceAccounts } from "./service/accounts.ts";
import type { Browsers } from "./signin/browsers.ts";

/** What the handlers of all endpoints share: the state of this local Google. */
export interface Google {
  /** The origin, which is the issuer too. */
  readonly url: string;
  readonly settings: Settings;
  readonly clock: EmulatorClock;
  readonly directory: Directory;
  readonly serviceAccounts: ServiceAccounts;
  readonly grants: GrantLedger;
  readonly keys: KeyRing;
  readonly browsers: Browsers;
}
