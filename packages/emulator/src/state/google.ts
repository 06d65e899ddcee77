import type { Settings } from "../options/options.ts";
import { KeyRing } from "../signing/key-ring.ts";
import { Browsers } from "./browsers.ts";
import { createClock, type EmulatorClock } from "./clock.ts";
import { Directory } from "./directory.ts";
import { GrantLedger } from "./grant-ledger.ts";
import { ServiceAccounts } from "./service-accounts.ts";

/**
 * What the handlers of all endpoints share: the state of this local Google. Nothing that it consists of imports this file,
 * so that arrows point one way.
 */
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

/**
 * The state at the start, which does not know its address yet: invalid options are found before anything listens.
 *
 * @throws `TypeError` for a client, an account or a service account that could not exist.
 */
export async function createState(settings: Settings): Promise<Omit<Google, "url">> {
  const clock = createClock(settings.now);
  return {
    settings,
    clock,
    directory: new Directory(settings.clients, settings.users),
    serviceAccounts: new ServiceAccounts(settings.serviceAccounts),
    grants: new GrantLedger(() => clock.now()),
    keys: await KeyRing.create(),
    browsers: new Browsers(),
  };
}

/** Back to the start, except for the keys: what they signed stays valid. */
export function resetState({ clock, directory, serviceAccounts, grants, browsers }: Google): void {
  directory.reset();
  serviceAccounts.reset();
  grants.reset();
  browsers.reset();
  clock.reset();
}
