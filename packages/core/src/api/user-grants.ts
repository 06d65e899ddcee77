import { AuthError } from "../errors/auth-error.ts";
import type { FlowContext } from "../flow/context.ts";
import type { AccessTokenOptions } from "../google/token-source.ts";
import type { OwnerId } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";
import type { Account } from "./account.ts";
import { listAccounts, openAccount } from "./open-account.ts";

/**
 * The grants of one user, without a request: for jobs that run while the user is away. Returned by `google.forUser()`.
 *
 * @example
 * ```ts
 * try {
 *   const response = await google.forUser(user.id).fetch("https://www.googleapis.com/drive/v3/files");
 * } catch (error) {
 *   if (error instanceof AuthError && error.code === "reconnect_required") await askToReconnect(user);
 *   else throw error;
 * }
 * ```
 */
export class UserGrants {
  readonly #context: FlowContext;
  readonly #vault: GrantVault;
  readonly #owner: OwnerId;
  readonly #account: string | undefined;

  /** @internal */
  constructor(context: FlowContext, vault: GrantVault, owner: OwnerId, account: string | undefined) {
    this.#context = context;
    this.#vault = vault;
    this.#owner = owner;
    this.#account = account;
  }

  /** All accounts of the user, the latest first. */
  async accounts(): Promise<Account[]> {
    return listAccounts(this.#context, this.#vault, this.#owner);
  }

  /**
   * One account of the user.
   * @param sub - its subject. Default: the account that `forUser` named, else the latest one that the user signed in with,
   *   else the latest linked one
   * @throws AuthError `reconnect_required` if there is none, `store_unavailable`
   */
  async account(sub: string | undefined = this.#account): Promise<Account> {
    const client = this.#context.options.client.clientId;
    if (sub !== undefined) return openAccount(this.#context, this.#vault, { client, owner: this.#owner, account: sub });
    const accounts = await this.accounts();
    const latest = accounts.find(({ isLinked }) => !isLinked) ?? accounts[0];
    if (latest === undefined)
      throw new AuthError("reconnect_required", { detail: "the store has no grant of this user" });
    return latest;
  }

  /** As {@link Account.getAccessToken}, for the account that {@link account} returns. */
  async getAccessToken(options?: AccessTokenOptions): Promise<string> {
    return (await this.account()).getAccessToken(options);
  }

  /** As {@link Account.fetch}, for the account that {@link account} returns. */
  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    return (await this.account()).fetch(input, init);
  }

  /** As {@link Account.revoke}, for the account that {@link account} returns. */
  async revoke(): Promise<void> {
    await (await this.account()).revoke();
  }
}
