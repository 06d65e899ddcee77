import { AuthError } from "../errors/auth-error.ts";
import type { FlowContext } from "../flow/context.ts";
import type { AccessTokenOptions } from "../google/token-source.ts";
import type { GrantVault } from "../store/vault.ts";
import { Account, listAccounts, openAccount } from "./account.ts";

/** What a user of the app has granted, without a request of theirs: for jobs while they are away. Made by `forUser()`. */
export class UserGrants {
  readonly #context: FlowContext;
  readonly #vault: GrantVault;
  readonly #owner: string;
  readonly #account: string | undefined;

  /** @internal */
  constructor(context: FlowContext, vault: GrantVault, owner: string, account: string | undefined) {
    this.#context = context;
    this.#vault = vault;
    this.#owner = owner;
    this.#account = account;
  }

  /** The user's linked accounts, the latest first. */
  async accounts(): Promise<Account[]> {
    return listAccounts(this.#context, this.#vault, this.#owner);
  }

  /**
   * One account: by its subject, else the one that `forUser` named, else the latest that the user signed in with, else
   * the latest linked one.
   * @throws AuthError `reconnect_required` where there is none
   */
  async account(sub: string | undefined = this.#account): Promise<Account> {
    const client = this.#context.options.client.clientId;
    if (sub !== undefined) return openAccount(this.#context, this.#vault, { client, owner: this.#owner, account: sub });
    const accounts = await this.accounts();
    const latest = accounts.find(({ isLinked }) => !isLinked) ?? accounts[0];
    if (latest === undefined) throw new AuthError("reconnect_required", { detail: "this user has no grant" });
    return latest;
  }

  /** As `googleAuth.getAccessToken()`. */
  async getAccessToken(options?: AccessTokenOptions): Promise<string> {
    return (await this.account()).getAccessToken(options);
  }

  /** As `googleAuth.fetch()`. */
  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    return (await this.account()).fetch(input, init);
  }

  /** Revokes the account's whole grant at Google and deletes it here. */
  async revoke(): Promise<void> {
    await (await this.account()).revoke();
  }
}
