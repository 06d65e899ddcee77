import { checkServiceAccount, type EmulatorServiceAccount } from "../options/service-account.ts";
import { AccountKeys } from "./account-keys.ts";
import { ServiceAccount } from "./service-account.ts";

/** The existing service accounts. */
export class ServiceAccounts {
  readonly #configured: readonly EmulatorServiceAccount[];
  readonly #accounts = new Map<string, ServiceAccount>();
  /** The keys by e-mail address: an account that is replaced or reset keeps the keys that were generated for it. */
  readonly #keys = new Map<string, AccountKeys>();

  constructor(configured: readonly EmulatorServiceAccount[]) {
    this.#configured = configured;
    this.reset();
  }

  get all(): readonly ServiceAccount[] {
    return [...this.#accounts.values()];
  }

  /** Finds an account by e-mail address or numeric ID. */
  find(emailOrId: string): ServiceAccount | undefined {
    return this.#accounts.get(emailOrId) ?? this.all.find(({ clientId }) => clientId === emailOrId);
  }

  /**
   * Returns the account with this e-mail address or numeric ID. Default: the first one.
   *
   * @throws `TypeError` if there is no such account.
   */
  require(emailOrId: string | undefined): ServiceAccount {
    const found = emailOrId === undefined ? this.all[0] : this.find(emailOrId);
    if (!found) {
      const name = emailOrId ? ` "${emailOrId}"` : "";
      throw new TypeError(
        `The emulator has no service account${name}. Add one with addServiceAccount() or the option "serviceAccounts".`,
      );
    }
    return found;
  }

  add(configured: EmulatorServiceAccount): ServiceAccount {
    checkServiceAccount(configured);
    const keys = configured.keys ? new AccountKeys(configured.keys) : this.#keysOf(configured.email);
    const account = new ServiceAccount(configured, keys);
    this.#accounts.set(account.email, account);
    return account;
  }

  #keysOf(email: string): AccountKeys {
    const keys = this.#keys.get(email) ?? new AccountKeys([]);
    this.#keys.set(email, keys);
    return keys;
  }

  remove(email: string): void {
    this.#accounts.delete(email);
  }

  /** Restores the accounts that were configured at the start, with the same keys. */
  reset(): void {
    this.#accounts.clear();
    for (const account of this.#configured) this.add(account);
  }
}
