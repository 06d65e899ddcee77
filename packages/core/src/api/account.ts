import { AuthError } from "../errors/auth-error.ts";
import type { FlowContext } from "../flow/context.ts";
import { userIdForHooks } from "../flow/owner.ts";
import type { TokenNeed } from "../flow/refresh.ts";
import { revokeGrant } from "../flow/revoke-grant.ts";
import { assertApiHost, fetchWithToken } from "../google/api-fetch.ts";
import { canonicalScope } from "../google/scopes.ts";
import type { AccessTokenOptions } from "../google/token-source.ts";
import type { VerifiedUser } from "../google/user.ts";
import type { Grant } from "../store/grant.ts";
import type { GrantKey } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";

/** @internal The request for which accounts are opened. */
export interface AccountAccess {
  /** The framework's request, for hooks. */
  readonly raw: unknown;
  /** The signed-in subject. */
  readonly signedIn: string | undefined;
  /** Revokes the signed-in account's grant and ends its sign-in. */
  endSignIn(): Promise<void>;
  /** The error with the address where the user links the account again. */
  withAuthorizeUrl(error: AuthError, account: Pick<Account, "user" | "scopes">): AuthError;
  /** Whether the request may use a grant: not if its user signed out everywhere after the consent. */
  isInForce(grant: Grant): Promise<boolean>;
}

/**
 * One Google account, and the access that its user granted. Returned by `accounts()`, `account()` and `forUser()`.
 *
 * @example
 * ```ts
 * for (const account of await req.googleAuth.accounts()) {
 *   console.log(account.user.email, account.isLinked, [...account.scopes]);
 * }
 * ```
 */
export class Account {
  readonly #context: FlowContext;
  readonly #vault: GrantVault;
  readonly #key: GrantKey;
  readonly #isLinked: boolean;
  readonly #access: AccountAccess | undefined;
  #user: VerifiedUser;
  #scopes: ReadonlySet<string>;

  /** @internal */
  constructor(context: FlowContext, vault: GrantVault, key: GrantKey, grant: Grant, access?: AccountAccess) {
    this.#context = context;
    this.#vault = vault;
    this.#key = key;
    this.#isLinked = grant.linked ?? false;
    this.#access = access;
    this.#user = Object.freeze(grant.user);
    this.#scopes = new Set(grant.scopes);
  }

  /** The verified claims of the account. */
  get user(): VerifiedUser {
    return this.#user;
  }

  /** Whether the account was linked to a sign-in (`link`). `false` for an account with which its owner signed in. */
  get isLinked(): boolean {
    return this.#isLinked;
  }

  /** The granted scopes when the grant was last read. They are canonical: `email` and `profile` have their short form. */
  get scopes(): ReadonlySet<string> {
    return this.#scopes;
  }

  /** Whether the user granted all of these scopes. Aliases of a scope count as the same. */
  hasScopes(...scopes: string[]): boolean {
    return scopes.every((scope) => this.#scopes.has(canonicalScope(scope)));
  }

  /**
   * A live access token. It is refreshed first if it expires within a minute.
   * @throws AuthError `reconnect_required` if the user must consent again; as `googleAuth.getAccessToken()` otherwise
   */
  async getAccessToken(options: AccessTokenOptions = {}): Promise<string> {
    return this.#liveToken({ force: options.forceRefresh ?? false });
  }

  /**
   * Calls a Google API as this account, like the global `fetch`. The token is sent to `apiHosts` only. If the API responds
   * with 401, the token is refreshed and the request repeated once.
   * @throws TypeError for a host that is not in `apiHosts`; AuthError as {@link getAccessToken}
   */
  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const { options } = this.#context;
    const giveToken = (rejected?: string) => this.#liveToken(rejected === undefined ? {} : { rejected });
    return fetchWithToken(options, giveToken, input, init);
  }

  /** @internal Throws a TypeError if the access token may not be sent to this address. */
  assertApiHost(url: URL, caller: string): void {
    assertApiHost(url, this.#context.options.apiHosts, caller);
  }

  /**
   * Revokes the account's grant at Google and deletes it here. For the signed-in account, this is `googleAuth.revoke()`.
   * @throws AuthError `revocation_incomplete` if it is deleted here, but Google could not be told
   */
  async revoke(): Promise<void> {
    if (this.#isSignedIn) return this.#access!.endSignIn();
    await revokeGrant(this.#context, this.#vault, this.#key);
    await this.#context.notify.report("revoked", {
      user: this.#user,
      scopes: [...this.#scopes],
      ...userIdForHooks(this.#key),
      ...((this.#isLinked || this.#access?.signedIn !== undefined) && { linked: true }),
      ...(this.#access !== undefined && { request: this.#access.raw }),
    });
  }

  get #isSignedIn(): boolean {
    return this.#access?.signedIn === this.#key.account;
  }

  async #liveToken(need: TokenNeed): Promise<string> {
    try {
      const { grant } = await this.#context.refresher.liveGrant(this.#vault, this.#key, need);
      this.#user = Object.freeze(grant.user);
      this.#scopes = new Set(grant.scopes);
      return grant.accessToken;
    } catch (error) {
      const isRecoverable = error instanceof AuthError && error.status === 401 && this.#access !== undefined;
      throw isRecoverable && !this.#isSignedIn ? this.#access.withAuthorizeUrl(error, this) : error;
    }
  }
}
