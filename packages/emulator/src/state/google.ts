import type { Settings } from "../options/options.ts";
import { KeyRing } from "../signing/key-ring.ts";
import { Browsers } from "./browsers.ts";
import { createClock, type EmulatorClock } from "./clock.ts";
import { Directory } from "./directory.ts";
import { GrantLedger } from "./grant-ledger.ts";
import { ServiceAccounts } from "./service-accounts.ts";

/**
 * The state of the emulated Google, which all endpoints share. The classes that it is made of must not import this
 * type: a function that needs the whole state belongs above this room.
 */
export interface Google {
  /** The origin. It is the issuer too. */
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
 * Creates the state at the start, without its address: an invalid option should throw before a server listens.
 *
 * @throws `TypeError` for an invalid client, account or service account.
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

/** Resets everything to the start, except for the keys: a client may have cached them. */
export function resetState({ clock, directory, serviceAccounts, grants, browsers }: Google): void {
  directory.reset();
  serviceAccounts.reset();
  grants.reset();
  browsers.reset();
  clock.reset();
}
