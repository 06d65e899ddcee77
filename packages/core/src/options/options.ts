import type { Dispatcher } from "undici";
import type { ClientOption } from "../google/client-config.ts";
import type { Endpoints } from "../google/endpoints.ts";
import type { TokenSource } from "../google/token-source.ts";
import type { VerifiedUser } from "../google/user.ts";
import type { PagesOption } from "../pages/index.ts";
import type { ScopegateSession } from "../session/own/own-session.ts";
import type { storePlainText } from "../store/plain-text.ts";
import type { SessionBoundStore, TokenStore } from "../store/types.ts";
import type { Hooks } from "./hooks.ts";
import type { RoutesOption } from "./routes.ts";

/** What `admit` decides about. */
export interface AdmissionCandidate<Request = unknown> {
  /** The verified claims of the Google account. */
  readonly user: VerifiedUser;
  /** The account would be linked to the signed-in user. */
  readonly linked?: true;
  readonly request: Request;
}

/**
 * Options of `googleOAuth()`. Without any, they come from the environment.
 *
 * @example
 * ```ts
 * const google = googleOAuth({
 *   client: "client_secret.json",
 *   redirectUri: "https://app.example.com/oauth2callback",
 *   incrementalScopes: ["https://www.googleapis.com/auth/calendar.events.readonly"],
 *   on: { authorized: ({ user }) => saveUser(user.sub, user.email) },
 * });
 * ```
 */
export interface ScopegateOptions<Request = unknown> {
  /**
   * The OAuth client: the path of its `client_secret.json`, the parsed content of that file, or
   * `{ clientId, clientSecret }`. A file is read once, at construction.
   * Default: `GOOGLE_CLIENT_SECRET_FILE`, or `GOOGLE_CLIENT_ID` and `GOOGLE_CLIENT_SECRET`.
   */
  readonly client?: ClientOption;
  /**
   * The redirect URI, exactly as it is registered at Google. Its path is the callback route. An app on several hosts
   * gives a list whose entries share one path: the request's host chooses an entry, and the first one is the default.
   * Default: `GOOGLE_REDIRECT_URI`, or the only redirect URI of the client file.
   */
  readonly redirectUri?: string | readonly string[];
  /** Scopes that a sign-in requests. `openid` is always added. Default `["openid", "email", "profile"]`. */
  readonly scopes?: string | readonly string[];
  /** Scopes that `/authorize?scope=` may request later, in addition to the scopes of guards. Default none. */
  readonly incrementalScopes?: string | readonly string[];
  /**
   * `"offline"` (default) requests a refresh token. With `"online"` the access ends when the access token expires, after
   * about an hour. Sent to Google as `access_type`.
   */
  readonly accessType?: "offline" | "online";
  /** Whether new tokens also cover the scopes that the user granted before. Sent as `include_granted_scopes`. Default `true`. */
  readonly includeGrantedScopes?: boolean;
  /**
   * `"none"`, or `"consent"` and `"select_account"`, separated by a space. Sent to Google with each authorization request.
   * Default: none is sent, and Google asks when it must.
   */
  readonly prompt?: string;
  /** The e-mail address or subject that Google's sign-in page suggests. Called without a signed-in user. */
  readonly loginHint?: (request: Request) => string | undefined;
  /**
   * Only accounts of this Google Workspace domain may sign in. Sent to Google as the `hd` hint and checked against the
   * ID token's `hd` claim. `"*"` accepts any Workspace domain. Default: any account.
   */
  readonly hostedDomain?: string;
  /** Paths of Scopegate's own routes, below the mount point and `basePath`. `false` switches a route off. */
  readonly routes?: RoutesOption;
  /** A prefix of Scopegate's routes, such as `"/google"`, for an instance that is mounted at the root. Default none. */
  readonly basePath?: string;
  /**
   * Other origins to which users may return after an authorization, such as that of a separate single-page app.
   * Each without a path, such as `"https://spa.example.com"`. Default none.
   */
  readonly returnOrigins?: readonly string[];
  /**
   * A session of Scopegate's own, made by `scopegateSession()`, for an app without session middleware.
   * Default: the session that the app's middleware puts on the request.
   */
  readonly session?: ScopegateSession;
  /**
   * The token store: where grants live. Default `sessionTokenStore()`, which keeps them encrypted in the session.
   * Other stores work without a request (`forUser`) and across devices.
   */
  readonly store?: TokenStore | SessionBoundStore;
  /**
   * Keys that encrypt grants and cookies, newest first. The first one encrypts, and all of them decrypt. Each has at least
   * 32 bytes, or 32 characters of text. A durable store needs keys. `storePlainText` leaves the grants of a store
   * unencrypted.
   * Default: `SCOPEGATE_ENCRYPTION_KEYS` (comma-separated), else one key that is derived from the client secret. With keys
   * of your own, the client secret decrypts nothing, unless you list it behind them.
   */
  readonly encryptionKeys?: readonly (string | Uint8Array)[] | typeof storePlainText;
  /**
   * The ID of the app's own user, if one is logged in to the app. Grants then belong to that user, on any device.
   * Must be synchronous. It is asked again after the hook `authorized`. If the hook changed the answer, the new user owns
   * the grant, and the session keeps only the keys that the hook assigned. Default: grants belong to the Google account.
   * @example
   * ```ts
   * googleOAuth({ userId: (req) => req.session.userId });
   * ```
   */
  readonly userId?: (request: Request) => string | number | null | undefined;
  /**
   * Decides whether a Google account may sign in or be linked. `false`, or no result, refuses it with
   * `sign_in_refused`, and nothing is stored. It also decides before a grant of another device signs the user in (option
   * `userId`). A refusal then means that no user is signed in, and is remembered for ten minutes.
   * @example
   * ```ts
   * googleOAuth({ admit: ({ user }) => user.emailVerified === true && isInvited(user.email) });
   * ```
   */
  readonly admit?: (candidate: AdmissionCandidate<Request>) => boolean | Promise<boolean>;
  /** The endpoints of another issuer, such as the emulator's. Default `GOOGLE_ENDPOINTS`. */
  readonly endpoints?: Partial<Endpoints>;
  /**
   * Hosts to which `fetch` may send access tokens: exact hosts, or `*.` and a domain for all hosts below it.
   * Default `["*.googleapis.com"]`; with the endpoints of another issuer, the hosts of that issuer.
   */
  readonly apiHosts?: readonly string[];
  /**
   * Access for the app itself, in addition to its users: a token source such as `applicationDefault()` of
   * `@scopegate/core/service` returns. Handlers find it as `googleAuth.service`. Default none.
   */
  readonly service?: TokenSource;
  /** Functions to call when something happens: a sign-in, a refresh, a failure. */
  readonly on?: Hooks<Request>;
  /** Texts and looks of Scopegate's pages. */
  readonly pages?: PagesOption;
  /**
   * Separates several instances in one app: their cookies, their session keys, and the property that they attach to
   * requests. Two instances of one name on one request are a TypeError, because their guards would accept each other's
   * sign-ins. A JavaScript identifier of up to 41 characters. Default `"googleAuth"`.
   */
  readonly name?: string;
  /** The `fetch` for API calls. Default: the global one. */
  readonly fetch?: typeof globalThis.fetch;
  /** The undici dispatcher for requests to Google's endpoints, such as a `ProxyAgent`. Default: undici's global one. */
  readonly dispatcher?: Dispatcher;
  /**
   * The time limit for one request to Google's endpoints, for one call of the token store or the session store, and for
   * `admit` and each hook: 1 to 120,000 milliseconds. After one timeout of a store, later calls wait only a tenth of it
   * until the store responds again. Default 10,000.
   */
  readonly timeout?: number;
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}
