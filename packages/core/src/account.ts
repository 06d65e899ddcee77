import { AuthError } from "./errors.ts";
import type { FlowContext } from "./flow/context.ts";
import { appUserOf } from "./flow/owner.ts";
import type { Need } from "./flow/refresh.ts";
import { revokeGrant } from "./flow/revoke.ts";
import { fetchWithToken } from "./google/api-fetch.ts";
import { canonicalScope } from "./google/scopes.ts";
import type { Grant } from "./store/grant.ts";
import type { GrantKey } from "./store/types.ts";
import type { GrantVault } from "./store/vault.ts";
import type { AccessTokenOptions } from "./token-source.ts";
import type { VerifiedUser } from "./user.ts";

/** One Google account that was linked, and the access that it gave. Made by `accounts()`, `account()` and `forUser()`. */
export class Account {
  readonly #context: FlowContext;
  readonly #vault: GrantVault;
  readonly #key: GrantKey;
  #user: VerifiedUser;
  #scopes: ReadonlySet<string>;

  /** @internal */
  constructor(context: FlowContext, vault: GrantVault, key: GrantKey, grant: Grant) {
    this.#context = context;
    this.#vault = vault;
    this.#key = key;
    this.#user = Object.freeze(grant.user);
    this.#scopes = new Set(grant.scopes);
  }

  /** The verified claims of the account. */
  get user(): VerifiedUser {
    return this.#user;
  }

  /** Scopes granted when last read, canonical (`email`, `profile` in their short form). */
  get scopes(): ReadonlySet<string> {
    return this.#scopes;
  }

  /** Whether all of these scopes are granted; aliases count as the same. */
  hasScopes(...scopes: string[]): boolean {
    return scopes.every((scope) => this.#scopes.has(canonicalScope(scope)));
  }

  /**
   * A live access token, refreshed first when it must be.
   * @throws AuthError `reconnect_required` when the user must consent again
   */
  async getAccessToken(options: AccessTokenOptions = {}): Promise<string> {
    return this.#liveToken({ force: options.forceRefresh ?? false });
  }

  /**
   * Calls a Google API as this user, as the global `fetch` does. The token goes to `apiHosts` only; on a 401 there is
   * one refresh and one retry.
   * @throws TypeError for a host that is not allowed; AuthError as {@link getAccessToken}
   */
  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const { options } = this.#context;
    const giveToken = (rejected?: string) => this.#liveToken(rejected === undefined ? {} : { rejected });
    return fetchWithToken(options, giveToken, input, init);
  }

  /** Revokes the account's whole grant at Google and deletes it here. */
  async revoke(): Promise<void> {
    await revokeGrant(this.#context, this.#vault, this.#key);
    const event = { user: this.#user, scopes: [...this.#scopes], ...appUserOf(this.#key.owner) };
    await this.#context.notify.revoked(event);
  }

  async #liveToken(need: Need): Promise<string> {
    const { grant } = await this.#context.refresher.liveGrant(this.#vault, this.#key, need);
    this.#user = Object.freeze(grant.user);
    this.#scopes = new Set(grant.scopes);
    return grant.accessToken;
  }
}

/** Whether a grant may be used by who asks. */
export type GrantFilter = (grant: Grant) => Promise<boolean>;

/** The account at a key. */
export async function openAccount(
  context: FlowContext,
  vault: GrantVault,
  key: GrantKey,
  isInForce?: GrantFilter,
): Promise<Account> {
  const found = await vault.get(key);
  if (found === undefined || (await isInForce?.(found.grant)) === false)
    throw new AuthError("reconnect_required", { detail: "no grant is stored for this account" });
  return new Account(context, vault, key, found.grant);
}

/** All accounts of an owner, the latest first. */
export async function listAccounts(
  context: FlowContext,
  vault: GrantVault,
  owner: string,
  isInForce?: GrantFilter,
): Promise<Account[]> {
  const keys = await vault.list(context.options.client.clientId, owner);
  const accounts = keys.map(async (key) => {
    const found = await vault.get(key);
    if (found === undefined || (await isInForce?.(found.grant)) === false) return undefined;
    return new Account(context, vault, key, found.grant);
  });
  return (await Promise.all(accounts)).filter((account) => account !== undefined);
}
