import { AuthError } from "../errors/auth-error.ts";
import { authorizeUrl, refererPath } from "../flow/addresses.ts";
import type { AuthorizeQuery } from "../flow/addresses.ts";
import { beginAuthorization } from "../flow/authorize.ts";
import type { FlowContext } from "../flow/context.ts";
import { correctScopes } from "../flow/correct-scopes.ts";
import { keyOf } from "../flow/grant-key.ts";
import { beginLink } from "../flow/link.ts";
import { ownerOf } from "../flow/owner.ts";
import { endSignIn, revokeGrant } from "../flow/revoke.ts";
import type { SignIn } from "../flow/sign-in.ts";
import { wasSignedOut } from "../flow/sign-outs.ts";
import { signInToEnd, standingOf } from "../flow/standing.ts";
import { checkPrompt } from "../google/prompt.ts";
import { canonicalScope, missingScopes, parseScopes } from "../google/scopes.ts";
import type { AccessTokenOptions, TokenSource } from "../google/token-source.ts";
import type { VerifiedUser } from "../google/user.ts";
import type { RequestView } from "../http/request-view.ts";
import { listAccounts, openAccount } from "./account.ts";
import type { Account, AccountRequest, Asking } from "./account.ts";

/** Options of {@link GoogleAuth.authorizationUrl}. */
export interface AuthorizationUrlOptions {
  /** Scopes to ask for, beside sign-in's. Default none. */
  readonly scopes?: string | readonly string[];
  /** Where to go afterwards: a path of this app, or an address at one of `returnOrigins`. Default `/`. */
  readonly returnTo?: string;
  /** `none`, or any of `consent` and `select_account`. Default the option `prompt`. */
  readonly prompt?: string;
  /** E-mail address or subject to suggest. Another than the signed-in one's begins a sign-in of that account. */
  readonly loginHint?: string;
  /**
   * Adds another Google account to who is signed in, who stays signed in. The user chooses the account; the present
   * one's is an ordinary consent. A user of the app (`userId`) who is not signed in with Google signs in by it.
   */
  readonly link?: boolean;
}

const NO_SCOPES: ReadonlySet<string> = new Set();

/**
 * The signed-in user of one request, and what they granted: `req.googleAuth`.
 *
 * It reads nothing until it is asked. What is a property reads the session alone; what is a method that returns a
 * promise may reach the store or Google.
 */
export class GoogleAuth {
  readonly #context: FlowContext;
  readonly #request: RequestView;

  /** @internal */
  constructor(context: FlowContext, request: RequestView) {
    this.#context = context;
    this.#request = request;
  }

  /** @internal For guards and routes of the same instance. */
  static partsOf(auth: GoogleAuth): { readonly context: FlowContext; readonly request: RequestView } {
    return { context: auth.#context, request: auth.#request };
  }

  /** Whether someone is signed in with Google, as the session knows it. */
  get isSignedIn(): boolean {
    return this.#signIn() !== undefined;
  }

  /** The verified claims of who is signed in. */
  get user(): VerifiedUser | undefined {
    const user = this.#signIn()?.user;
    return user && Object.freeze(user);
  }

  /** Scopes granted, as the session knows it: canonical, `email` and `profile` in their short form. */
  get scopes(): ReadonlySet<string> {
    const signIn = this.#signIn();
    return signIn === undefined ? NO_SCOPES : new Set(signIn.scopes);
  }

  /** Whether all of these scopes are granted; aliases count as the same. */
  hasScopes(...scopes: string[]): boolean {
    const granted = this.#signIn()?.scopes ?? [];
    return scopes.every((scope) => granted.includes(canonicalScope(scope)));
  }

  /** Which of these scopes are not granted, canonical. */
  missingScopes(...scopes: string[]): string[] {
    return missingScopes(this.scopes, scopes.map(canonicalScope));
  }

  /** Reads the store now, where it may know more than the session: granted on another device, revoked elsewhere. */
  async load(): Promise<this> {
    await standingOf(this.#context, this.#request);
    return this;
  }

  /**
   * A live access token of the signed-in account, refreshed first when it must be. However many ask at once, one
   * token request is made.
   * @throws AuthError `sign_in_required`, `reconnect_required` (consent is needed again), `reauthentication_required`,
   *   `temporarily_unavailable`
   */
  async getAccessToken(options?: AccessTokenOptions): Promise<string> {
    return this.#asUser((account) => account.getAccessToken(options));
  }

  /**
   * Calls a Google API as the signed-in account, as the global `fetch` does. The token goes to `apiHosts` only; on a
   * 401 there is one refresh and one retry.
   * @throws TypeError for a host that is not allowed; AuthError as {@link getAccessToken}
   */
  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    return this.#asUser((account) => account.fetch(input, init));
  }

  /**
   * Begins an authorization, and gives Google's address to send the browser to. The attempt's cookie goes onto this
   * response, so that the redirect must be sent with it.
   * @throws TypeError for scopes or a prompt that make no sense; AuthError `sign_in_required` for `link` where there is
   *   nobody to link to
   */
  async authorizationUrl(options: AuthorizationUrlOptions = {}): Promise<string> {
    const { scopes, returnTo, prompt, loginHint, link } = options;
    if (this.#request.headersSent) {
      throw new TypeError("authorizationUrl: the response's head has left; its cookie cannot be set any more");
    }
    const wanted = {
      scopes: scopes === undefined || scopes.length === 0 ? [] : parseScopes(scopes, "scopes"),
      returnTo,
      prompt: checkPrompt(prompt),
      loginHint,
    };
    if (link) return beginLink(this.#context, this.#request, wanted);
    return beginAuthorization(this.#context, this.#request, wanted, this.#signIn());
  }

  /**
   * Revokes at Google what this account granted, every scope of it, and signs out here.
   * @throws AuthError `revocation_incomplete` when all is done here and Google could not be reached
   */
  async revoke(): Promise<void> {
    const signIn = await signInToEnd(this.#context, this.#request);
    if (signIn === undefined) return;
    const { user, scopes } = signIn;
    const vault = this.#context.vaultOf(this.#request);
    try {
      await revokeGrant(this.#context, vault, keyOf(this.#context, signIn));
    } finally {
      await endSignIn(this.#context, this.#request, signIn);
    }
    await this.#context.notify.revoked({ user, scopes, ...this.#owner(), request: this.#request.raw });
  }

  /** Signs out here. What was granted stays granted, and a store of the app's keeps it. */
  async signOut(): Promise<void> {
    const signIn = this.#signIn();
    await endSignIn(this.#context, this.#request, signIn);
    if (signIn === undefined) return;
    const { user, scopes } = signIn;
    await this.#context.notify.signedOut({ user, scopes, ...this.#owner(), request: this.#request.raw });
  }

  /**
   * Tokens of the app itself, whoever is signed in: the option `service`.
   * @throws TypeError without that option
   */
  get service(): TokenSource {
    const { service } = this.#context.options;
    if (service === undefined) {
      throw new TypeError(
        "googleAuth.service: give googleOAuth a `service`, such as applicationDefault({ scopes }) of @scopegate/core/service",
      );
    }
    return service;
  }

  /** The accounts that are linked, the latest first. */
  async accounts(): Promise<Account[]> {
    const { owner, asking } = await this.#ownership();
    return owner === undefined ? [] : listAccounts(this.#context, this.#context.vaultOf(this.#request), owner, asking);
  }

  /**
   * One of the linked accounts, by its subject.
   * @throws AuthError `reconnect_required` where there is no grant of it, `sign_in_required` where nobody is signed in
   */
  async account(sub: string): Promise<Account> {
    const { owner, asking } = await this.#ownership();
    if (owner === undefined) throw new AuthError("sign_in_required");
    const key = { client: this.#context.options.client.clientId, owner, account: sub };
    return openAccount(this.#context, this.#context.vaultOf(this.#request), key, asking);
  }

  /** Whose accounts this request may see: the app's user's, or those of who is signed in; never those of who is asked for. */
  async #ownership(): Promise<{ readonly owner: string | undefined; readonly asking: Asking }> {
    const { signIn } = await standingOf(this.#context, this.#request);
    const { userId } = this.#request;
    const isNobody = userId === undefined && signIn === undefined;
    const request: AccountRequest = {
      raw: this.#request.raw,
      signedIn: signIn?.user.sub,
      endSignIn: () => this.revoke(),
      mendable: (error, { user: { sub }, scopes }) =>
        this.#mendable(error, { scopes: [...scopes], loginHint: sub, link: sub !== signIn?.user.sub }),
    };
    return {
      owner: isNobody ? undefined : ownerOf(userId, signIn?.user.sub ?? ""),
      asking: {
        request,
        isInForce: async ({ user, consentedAt }) => !(await wasSignedOut(this.#context, user.sub, consentedAt)),
      },
    };
  }

  /** Who is signed in; where there is no session, nobody: a public page need not fail with it. Guards do. */
  #signIn(): SignIn | undefined {
    return this.#request.session && this.#context.signIns.read(this.#request);
  }

  #owner(): { readonly owner?: string } {
    const { userId } = this.#request;
    return userId === undefined ? {} : { owner: userId };
  }

  /** Works as the signed-in account. An error that the user can mend says where, and a refresh may bring other scopes. */
  async #asUser<T>(work: (account: Account) => Promise<T>): Promise<T> {
    let account: Account | undefined;
    try {
      account = await this.#account();
      return await work(account);
    } catch (error) {
      throw error instanceof AuthError && error.status === 401
        ? this.#mendable(error, { scopes: this.#signIn()?.scopes ?? [] })
        : error;
    } finally {
      if (account !== undefined) this.#learnScopes(account);
    }
  }

  /** Several callers may share the error of one refresh: each gets its own, with the address for its own user. */
  #mendable(error: AuthError, query: AuthorizeQuery): AuthError {
    const returnTo = refererPath(this.#context, this.#request);
    const url = authorizeUrl(this.#context, this.#request, { ...query, returnTo });
    return new AuthError(error.code, {
      cause: error,
      headers: { "WWW-Authenticate": "Bearer" },
      ...(url !== undefined && { authorizeUrl: url }),
    });
  }

  async #account(): Promise<Account> {
    const { signIn } = await standingOf(this.#context, this.#request);
    if (signIn === undefined) throw new AuthError("sign_in_required");
    return openAccount(this.#context, this.#context.vaultOf(this.#request), keyOf(this.#context, signIn));
  }

  /** A refresh may have found that the user took some scopes back. */
  #learnScopes(account: Account): void {
    const signIn = this.#signIn();
    if (signIn?.user.sub === account.user.sub) correctScopes(this.#context, this.#request, signIn, [...account.scopes]);
  }
}
