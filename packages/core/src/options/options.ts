import type { Dispatcher } from "undici";
import type { AuthError } from "../errors/auth-error.ts";
import type { ClientOption, OAuthClient } from "../google/client-config.ts";
import type { Endpoints } from "../google/endpoints.ts";
import type { TokenSource } from "../google/token-source.ts";
import type { VerifiedUser } from "../google/user.ts";
import type { PagesOption } from "../pages/index.ts";
import type { ScopegateSession } from "../session/own/own-session.ts";
import type { storePlainText } from "../store/plain-text.ts";
import type { SessionBoundStore, TokenStore } from "../store/types.ts";
import type { ResolvedRoutes, RoutesOption } from "./route-paths.ts";

/** What the hooks of `on` are told. Nothing in it is secret. */
export interface HookEvent<Request = unknown> {
  readonly user: VerifiedUser;
  /** Scopes granted now, canonical. */
  readonly scopes: readonly string[];
  /**
   * Whose grant it is, as `forUser` takes it: the app's own user, by the `userId` option; without that option, the
   * subject that the account is linked to, and absent for an account of its own.
   */
  readonly owner?: string;
  /** The account is linked to a sign-in (`link`), and not what the owner signs in with. */
  readonly linked?: true;
  /** The framework's request; absent for work without one (`forUser`). */
  readonly request?: Request;
}

/** What the hook `failed` is told. Nothing in it is secret. */
export interface FailureEvent<Request = unknown> {
  readonly error: AuthError;
  /** The framework's request; absent for a refresh, which several requests and jobs may share. */
  readonly request?: Request;
  /** Whose grant it was about, as `forUser` takes it; absent where it was about none, such as a sign-in. */
  readonly owner?: string;
  /** The Google subject whose grant it was about, as `account` takes it. */
  readonly account?: string;
}

/** What the app wants to be told. Each hook is awaited; what a hook throws is the app's to see, as a process warning. */
export interface Hooks<Request = unknown> {
  /** After Google's answer is validated and before anything is stored: what it throws refuses the sign-in. */
  readonly authorized?: (event: HookEvent<Request>) => void | Promise<void>;
  /** After an access token was refreshed and stored. */
  readonly refreshed?: (event: HookEvent<Request>) => void | Promise<void>;
  /** After the user declined, or left out some scopes. */
  readonly denied?: (event: {
    readonly user?: VerifiedUser;
    readonly scopes: readonly string[];
    /** It was about an account to be linked. */
    readonly linked?: true;
    readonly request: Request;
  }) => void | Promise<void>;
  readonly revoked?: (event: HookEvent<Request>) => void | Promise<void>;
  readonly signedOut?: (event: HookEvent<Request>) => void | Promise<void>;
  /** An authorization, a refresh or a revocation failed. */
  readonly failed?: (event: FailureEvent<Request>) => void | Promise<void>;
}

/** Options of `googleOAuth()`. With none, everything comes from the environment. */
export interface ScopegateOptions<Request = unknown> {
  /**
   * The OAuth client: path of a `client_secret.json`, its parsed content, or `{ clientId, clientSecret }`.
   * Default: `GOOGLE_CLIENT_SECRET_FILE`, or `GOOGLE_CLIENT_ID` and `GOOGLE_CLIENT_SECRET`.
   */
  readonly client?: ClientOption;
  /**
   * The redirect URI, exactly as registered; its path is the callback route. A list for an app on several hosts (all
   * with one path): the request's host picks one of them, and never makes one.
   * Default: `GOOGLE_REDIRECT_URI`, or the only one of the client file.
   */
  readonly redirectUri?: string | readonly string[];
  /** Scopes asked for at sign-in; `openid` is always among them. Default `["openid", "email", "profile"]`. */
  readonly scopes?: string | readonly string[];
  /** Scopes that `/authorize?scope=` may ask for later, beside those that guards name. Default none. */
  readonly incrementalScopes?: string | readonly string[];
  /** `offline` (default) brings a refresh token; `online` ends with the access token, after about an hour. */
  readonly accessType?: "offline" | "online";
  /** Whether new tokens also cover what the user granted before. Default `true`. */
  readonly includeGrantedScopes?: boolean;
  /** `none`, or any of `consent` and `select_account`, space-delimited. Default: Google asks when it must. */
  readonly prompt?: string;
  /** The e-mail address or subject to suggest to Google. */
  readonly loginHint?: (request: Request) => string | undefined;
  /** The Google Workspace domain that accounts must be of (the `hd` claim is checked); `"*"`: of any. */
  readonly hostedDomain?: string;
  /** Paths of our own routes below `basePath`; `false` switches one off. The callback's is the redirect URI's. */
  readonly routes?: RoutesOption;
  /** Prefix of our routes, such as `"/google"`, when the middleware is mounted at the root. Default none. */
  readonly basePath?: string;
  /** Origins beside the app's own that a user may return to, such as a separate single-page app's. Default none. */
  readonly returnOrigins?: readonly string[];
  /**
   * A session of Scopegate's own, made by `scopegateSession()`, for an app without session middleware. Default: the one
   * that the app's middleware puts on the request.
   */
  readonly session?: ScopegateSession;
  /** Where grants are kept. Default {@link sessionTokenStore}. */
  readonly store?: TokenStore | SessionBoundStore;
  /**
   * Keys that seal what is stored, newest first: the first seals, all of them open. Each at least 32 bytes, or text of
   * at least 32 characters. Default `SCOPEGATE_ENCRYPTION_KEYS` (comma-separated), else one derived from the client
   * secret; a durable store needs keys of its own, since a client secret gets rotated. Or {@link storePlainText}.
   */
  readonly encryptionKeys?: readonly (string | Uint8Array)[] | typeof storePlainText;
  /** The app's own user of a request, if one is logged in. Grants then belong to that user, on any device. */
  readonly userId?: (request: Request) => string | number | null | undefined;
  /** Whether an account may sign in, or be linked; `false`, or nothing, refuses it, and nothing is stored. */
  readonly admit?: (candidate: {
    readonly user: VerifiedUser;
    /** It would be linked to who is signed in. */
    readonly linked?: true;
    readonly request: Request;
  }) => boolean | Promise<boolean>;
  /** Another issuer's endpoints, such as the emulator's. Default Google's. */
  readonly endpoints?: Partial<Endpoints>;
  /**
   * Hosts that `fetch` may send access tokens to: exact hosts, or `*.` and a domain for everything below it.
   * Default `["*.googleapis.com"]`; with another issuer's endpoints, that issuer's hosts.
   */
  readonly apiHosts?: readonly string[];
  /**
   * Tokens of the app itself, beside its users': a source of `@scopegate/core/service`, such as `applicationDefault()`
   * gives. It is `service` of what is attached to requests. Default none.
   */
  readonly service?: TokenSource;
  readonly on?: Hooks<Request>;
  /** Words and looks of our pages. */
  readonly pages?: PagesOption;
  /**
   * Separates two instances in one app: their session keys, their cookies, and the property they attach.
   * A JavaScript identifier; default `"googleAuth"`.
   */
  readonly name?: string;
  /** The `fetch` for API calls. Default the global one. */
  readonly fetch?: typeof globalThis.fetch;
  /** The undici dispatcher for Google's own endpoints, such as a `ProxyAgent`. Default undici's own. */
  readonly dispatcher?: Dispatcher;
  /**
   * Milliseconds that one request to Google's endpoints may take, and one answer of the token store: 1 to 120,000.
   * Default 10,000. A store that has let a request wait in vain is given a tenth of it until it is heard again.
   */
  readonly timeout?: number;
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/** Options once checked: complete, frozen, and without the secret in sight. */
export interface ResolvedOptions {
  readonly client: OAuthClient;
  readonly redirectUris: readonly string[];
  readonly ownOrigins: readonly string[];
  readonly scopes: readonly string[];
  readonly incrementalScopes: readonly string[];
  readonly accessType: "offline" | "online";
  readonly includeGrantedScopes: boolean;
  readonly prompt: string | undefined;
  readonly loginHint: ((request: unknown) => string | undefined) | undefined;
  readonly hostedDomain: string | undefined;
  readonly routes: ResolvedRoutes;
  readonly basePath: string | undefined;
  readonly returnOrigins: readonly string[];
  readonly session: ScopegateSession | undefined;
  readonly store: TokenStore | SessionBoundStore;
  readonly userId: ((request: unknown) => string | number | null | undefined) | undefined;
  readonly admit: ScopegateOptions["admit"];
  readonly endpoints: Endpoints;
  readonly apiHosts: readonly string[];
  readonly service: TokenSource | undefined;
  readonly on: Hooks;
  readonly pages: PagesOption | undefined;
  readonly name: string;
  readonly fetch: typeof globalThis.fetch;
  readonly dispatcher: Dispatcher | undefined;
  readonly timeout: number;
  readonly now: () => number;
}
