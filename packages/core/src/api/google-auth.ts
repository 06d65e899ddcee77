import { AuthError } from "../errors/auth-error.ts";
import { authorizeUrl, refererPath } from "../flow/addresses.ts";
import type { AuthorizeQuery } from "../flow/addresses.ts";
import { beginAuthorization } from "../flow/authorize.ts";
import { correctScopes } from "../flow/correct-scopes.ts";
import { grantKeyOf } from "../flow/grant-key.ts";
import { beginLink } from "../flow/link.ts";
import type { RequestScope } from "../flow/request-scope.ts";
import type { SignIn } from "../flow/sign-in.ts";
import { revokeAndSignOut, signOut } from "../flow/sign-out.ts";
import { wasSignedOut } from "../flow/sign-outs.ts";
import { standingOf } from "../flow/standing.ts";
import { assertApiHost } from "../google/api-fetch.ts";
import { checkPrompt } from "../google/prompt.ts";
import { canonicalScope, missingScopes, parseScopes } from "../google/scopes.ts";
import type { AccessTokenOptions, TokenSource } from "../google/token-source.ts";
import type { VerifiedUser } from "../google/user.ts";
import { ownerIdOf } from "../store/owner-id.ts";
import type { OwnerId } from "../store/types.ts";
import type { Account, AccountAccess } from "./account.ts";
import { listAccounts, openAccount } from "./open-account.ts";

/** Options of {@link GoogleAuth.authorizationUrl}. */
export interface AuthorizationUrlOptions {
  /** Scopes to request in addition to the sign-in scopes. Default none. */
  readonly scopes?: string | readonly string[];
  /** Where the browser goes afterwards: a path of this app, or an address at one of `returnOrigins`. Default `/`. */
  readonly returnTo?: string;
  /** `"none"`, or `"consent"` and `"select_account"`, separated by a space. Default: the option `prompt` of `googleOAuth()`. */
  readonly prompt?: string;
  /** The e-mail address or subject that Google suggests. If it is not the signed-in user's, that account signs in. */
  readonly loginHint?: string;
  /**
   * Links another Google account to the signed-in user, who stays signed in. The user chooses the account. If they choose
   * the one that is signed in, it is an ordinary consent. A user of the app (`userId`) who is not signed in with Google
   * signs in.
   */
  readonly link?: boolean;
}

const NO_SCOPES: ReadonlySet<string> = new Set();

/**
 * The signed-in user of one request, and the access that they granted: `req.googleAuth`.
 *
 * It reads nothing until it is used. Its properties read the session only. Its asynchronous methods may also use the token
 * store and Google.
 *
 * @example
 * ```ts
 * app.get("/files", requireScopes("https://www.googleapis.com/auth/drive.file"), async (req, res) => {
 *   const response = await req.googleAuth.fetch("https://www.googleapis.com/drive/v3/files");
 *   res.status(response.status).json(await response.json());
 * });
 * ```
 */
export class GoogleAuth {
  readonly #scope: RequestScope;

  /** @internal */
  constructor(scope: RequestScope) {
    this.#scope = scope;
  }

  /** Whether a user is signed in with Google, by the session. */
  get isSignedIn(): boolean {
    return this.#signIn() !== undefined;
  }

  /** The verified claims of the signed-in user. */
  get user(): VerifiedUser | undefined {
    const user = this.#signIn()?.user;
    return user && Object.freeze(user);
  }

  /** The granted scopes, by the session. They are canonical: `email` and `profile` have their short form. */
  get scopes(): ReadonlySet<string> {
    const signIn = this.#signIn();
    return signIn === undefined ? NO_SCOPES : new Set(signIn.scopes);
  }

  /**
   * Whether the user granted all of these scopes. Aliases of a scope count as the same.
   * @example
   * ```ts
   * const showCalendar = req.googleAuth.hasScopes("https://www.googleapis.com/auth/calendar.events.readonly");
   * ```
   */
  hasScopes(...scopes: string[]): boolean {
    const granted = this.#signIn()?.scopes ?? [];
    return scopes.every((scope) => granted.includes(canonicalScope(scope)));
  }

  /** Those of the scopes that the user has not granted, canonical. */
  missingScopes(...scopes: string[]): string[] {
    return missingScopes(this.scopes, scopes.map(canonicalScope));
  }

  /**
   * Reads the token store now. It may know more than the session: that the user granted access on another device, or
   * revoked it there.
   * @throws AuthError `session_unavailable`, `store_unavailable`
   */
  async load(): Promise<this> {
    await standingOf(this.#scope);
    return this;
  }

  /**
   * A live access token of the signed-in account. It is refreshed first if it expires within a minute. If many callers ask
   * at once, they share one token request.
   * @throws AuthError `sign_in_required`; `reconnect_required` and `reauthentication_required` if the user must consent or
   *   sign in again; `temporarily_unavailable`, `store_unavailable`
   * @example
   * ```ts
   * const token = await req.googleAuth.getAccessToken();
   * ```
   */
  async getAccessToken(options?: AccessTokenOptions): Promise<string> {
    return this.#asUser((account) => account.getAccessToken(options));
  }

  /**
   * Calls a Google API as the signed-in account, like the global `fetch`. The token is sent to `apiHosts` only. If the API
   * responds with 401, the token is refreshed and the request repeated once.
   * @throws TypeError for a host that is not in `apiHosts`; AuthError as {@link getAccessToken}
   * @example
   * ```ts
   * const response = await req.googleAuth.fetch("https://www.googleapis.com/calendar/v3/users/me/calendarList");
   * ```
   */
  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    return this.#asUser((account) => account.fetch(input, init));
  }

  /** @internal Throws a TypeError if the access token may not be sent to this address. */
  assertApiHost(url: URL, caller: string): void {
    assertApiHost(url, this.#scope.context.options.apiHosts, caller);
  }

  /**
   * Begins an authorization. The attempt's cookie is added to this response, so send the redirect with it.
   * @returns the address of Google's authorization page
   * @throws TypeError for scopes or a prompt that make no sense, and after the response has begun; AuthError
   *   `sign_in_required` for `link` if no user is signed in
   * @example
   * ```ts
   * res.redirect(await req.googleAuth.authorizationUrl({ scopes: [CALENDAR], returnTo: "/calendar" }));
   * ```
   */
  async authorizationUrl(options: AuthorizationUrlOptions = {}): Promise<string> {
    const { scopes, returnTo, prompt, loginHint, link } = options;
    if (this.#scope.request.headersSent) {
      throw new TypeError(
        "authorizationUrl: the response has begun, so its cookie cannot be set any more. Call it before you send anything.",
      );
    }
    const wanted = {
      scopes: scopes === undefined || scopes.length === 0 ? [] : parseScopes(scopes, "scopes"),
      returnTo,
      prompt: checkPrompt(prompt),
      loginHint,
    };
    return link ? beginLink(this.#scope, wanted) : beginAuthorization(this.#scope, wanted, this.#signIn());
  }

  /**
   * Revokes the grant of the signed-in account at Google, with all its scopes, and signs out here.
   * @throws AuthError `revocation_incomplete` if all is done here, but Google could not be told
   * @example
   * ```ts
   * app.post("/account/disconnect", async (req, res) => {
   *   await req.googleAuth.revoke();
   *   res.redirect("/");
   * });
   * ```
   */
  async revoke(): Promise<void> {
    await revokeAndSignOut(this.#scope);
  }

  /**
   * Signs out here. The grant stays at Google, and in a `store` other than the session token store.
   * @throws AuthError `session_unavailable`
   */
  async signOut(): Promise<void> {
    await signOut(this.#scope);
  }

  /**
   * The app's own access, independent of the signed-in user: the option `service` of `googleOAuth()`.
   * @throws TypeError without that option
   */
  get service(): TokenSource {
    const { service } = this.#scope.context.options;
    if (service === undefined) {
      throw new TypeError(
        "googleAuth.service: give googleOAuth() the option `service`, such as applicationDefault({ scopes }) from @scopegate/core/service.",
      );
    }
    return service;
  }

  /** All accounts of this user, the signed-in one and the linked ones, the latest first. */
  async accounts(): Promise<Account[]> {
    const { owner, access } = await this.#ownership();
    const { context, request } = this.#scope;
    return owner === undefined ? [] : listAccounts(context, context.vaultOf(request), owner, access);
  }

  /**
   * One of the accounts of this user.
   * @param sub - the subject of the account
   * @throws AuthError `reconnect_required` if it has no grant, `sign_in_required` if no user is signed in
   */
  async account(sub: string): Promise<Account> {
    const { owner, access } = await this.#ownership();
    if (owner === undefined) throw new AuthError("sign_in_required");
    const { context, request } = this.#scope;
    const key = { client: context.options.client.clientId, owner, account: sub };
    return openAccount(context, context.vaultOf(request), key, access);
  }

  /** The owner whose accounts this request may see. It never follows from the requested account. */
  async #ownership(): Promise<{ readonly owner: OwnerId | undefined; readonly access: AccountAccess }> {
    const { context, request } = this.#scope;
    const { signIn } = await standingOf(this.#scope);
    const { userId } = request;
    const subject = signIn?.user.sub;
    return {
      owner: userId === undefined && subject === undefined ? undefined : ownerIdOf({ userId, subject: subject ?? "" }),
      access: {
        raw: request.raw,
        signedIn: subject,
        endSignIn: () => this.revoke(),
        withAuthorizeUrl: (error, { user: { sub }, scopes }) =>
          this.#withAuthorizeUrl(error, { scopes: [...scopes], loginHint: sub, link: sub !== subject }),
        isInForce: async ({ user, consentedAt }) => !(await wasSignedOut(context, user.sub, consentedAt)),
      },
    };
  }

  /** Without a session no user is signed in: a public page need not fail. Guards do fail then. */
  #signIn(): SignIn | undefined {
    const { context, request } = this.#scope;
    return request.session && context.signIns.read(request);
  }

  /** Works as the signed-in account. Recoverable errors get the authorize address, and the session learns new scopes. */
  async #asUser<T>(work: (account: Account) => Promise<T>): Promise<T> {
    let account: Account | undefined;
    try {
      account = await this.#signedInAccount();
      return await work(account);
    } catch (error) {
      throw error instanceof AuthError && error.status === 401
        ? this.#withAuthorizeUrl(error, { scopes: this.#signIn()?.scopes ?? [] })
        : error;
    } finally {
      if (account !== undefined) this.#learnScopes(account);
    }
  }

  /** Several callers may share the error of one refresh. Each gets its own, with the address for its own user. */
  #withAuthorizeUrl(error: AuthError, query: AuthorizeQuery): AuthError {
    const url = authorizeUrl(this.#scope, { ...query, returnTo: refererPath(this.#scope) });
    return new AuthError(error.code, {
      cause: error,
      headers: { "WWW-Authenticate": "Bearer" },
      ...(url !== undefined && { authorizeUrl: url }),
    });
  }

  async #signedInAccount(): Promise<Account> {
    const { context, request } = this.#scope;
    const { signIn } = await standingOf(this.#scope);
    if (signIn === undefined) throw new AuthError("sign_in_required");
    return openAccount(context, context.vaultOf(request), grantKeyOf(context, signIn));
  }

  /** A refresh may show that the user has taken back some scopes. */
  #learnScopes(account: Account): void {
    const signIn = this.#signIn();
    if (signIn?.user.sub === account.user.sub) correctScopes(this.#scope, signIn, [...account.scopes]);
  }
}
