import { AuthError } from "../errors/auth-error.ts";
import type { FlowContext } from "../flow/context.ts";
import { toldOwner } from "../flow/owner.ts";
import type { Need } from "../flow/refresh.ts";
import { revokeGrant } from "../flow/revoke.ts";
import { fetchWithToken } from "../google/api-fetch.ts";
import { canonicalScope } from "../google/scopes.ts";
import type { AccessTokenOptions } from "../google/token-source.ts";
import type { VerifiedUser } from "../google/user.ts";
import type { Grant } from "../store/grant.ts";
import type { GrantKey } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";

/** What an account knows of the request that it was opened for. */
export interface AccountRequest {
  /** The framework's request, for hooks. */
  readonly raw: unknown;
  /** The subject that is signed in. */
  readonly signedIn: string | undefined;
  /** Ends the signed-in account's grant and its sign-in. */
  endSignIn(): Promise<void>;
  /** An error that the user can mend by linking the account again, with the address where. */
  mendable(error: AuthError, account: Pick<Account, "user" | "scopes">): AuthError;
}

/** One Google account that was linked, and the access that it gave. Made by `accounts()`, `account()` and `forUser()`. */
export class Account {
  readonly #context: FlowContext;
  readonly #vault: GrantVault;
  readonly #key: GrantKey;
  readonly #isLinked: boolean;
  readonly #request: AccountRequest | undefined;
  #user: VerifiedUser;
  #scopes: ReadonlySet<string>;

  /** @internal */
  constructor(context: FlowContext, vault: GrantVault, key: GrantKey, grant: Grant, request?: AccountRequest) {
    this.#context = context;
    this.#vault = vault;
    this.#key = key;
    this.#isLinked = grant.linked ?? false;
    this.#request = request;
    this.#user = Object.freeze(grant.user);
    this.#scopes = new Set(grant.scopes);
  }

  /** The verified claims of the account. */
  get user(): VerifiedUser {
    return this.#user;
  }

  /** Whether the account was linked to a sign-in (`link`), and is not one that its owner signed in with. */
  get isLinked(): boolean {
    return this.#isLinked;
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

  /**
   * Revokes the account's whole grant at Google and deletes it here: unlinks it. Of the account that is signed in, it is
   * `googleAuth.revoke()`.
   * @throws AuthError `revocation_incomplete` when it is deleted here and Google could not be reached
   */
  async revoke(): Promise<void> {
    if (this.#isSignedIn) return this.#request!.endSignIn();
    await revokeGrant(this.#context, this.#vault, this.#key);
    await this.#context.notify.revoked({
      user: this.#user,
      scopes: [...this.#scopes],
      ...toldOwner(this.#key),
      ...((this.#isLinked || this.#request?.signedIn !== undefined) && { linked: true }),
      ...(this.#request !== undefined && { request: this.#request.raw }),
    });
  }

  get #isSignedIn(): boolean {
    return this.#request?.signedIn === this.#key.account;
  }

  async #liveToken(need: Need): Promise<string> {
    try {
      const { grant } = await this.#context.refresher.liveGrant(this.#vault, this.#key, need);
      this.#user = Object.freeze(grant.user);
      this.#scopes = new Set(grant.scopes);
      return grant.accessToken;
    } catch (error) {
      const isMendable = error instanceof AuthError && error.status === 401 && this.#request !== undefined;
      throw isMendable && !this.#isSignedIn ? this.#request.mendable(error, this) : error;
    }
  }
}

/** Who asks for accounts, where it is a request: some grants may not be used from one. */
export interface Asking {
  readonly request: AccountRequest;
  readonly isInForce: (grant: Grant) => Promise<boolean>;
}

/** The account at a key. */
export async function openAccount(
  context: FlowContext,
  vault: GrantVault,
  key: GrantKey,
  asking?: Asking,
): Promise<Account> {
  const found = await vault.get(key);
  if (found === undefined || (await asking?.isInForce(found.grant)) === false) {
    const error = new AuthError("reconnect_required", { detail: "no grant is stored for this account" });
    throw asking?.request.mendable(error, { user: { sub: key.account }, scopes: new Set() }) ?? error;
  }
  return new Account(context, vault, key, found.grant, asking?.request);
}

/** All accounts of an owner, the latest first. */
export async function listAccounts(
  context: FlowContext,
  vault: GrantVault,
  owner: string,
  asking?: Asking,
): Promise<Account[]> {
  const keys = await vault.list(context.options.client.clientId, owner);
  const accounts = keys.map(async (key) => {
    const found = await vault.get(key);
    if (found === undefined || (await asking?.isInForce(found.grant)) === false) return undefined;
    return new Account(context, vault, key, found.grant, asking?.request);
  });
  return (await Promise.all(accounts)).filter((account) => account !== undefined);
}
