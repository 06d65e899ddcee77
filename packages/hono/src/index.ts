import type { GoogleAuth, GuardOptions, ScopeArguments, ScopegateOptions } from "@scopegate/core";
import { createAdapter, mountPathOf, WebRequestView } from "@scopegate/core/adapter";
import type { InstanceMembers, Scopegate } from "@scopegate/core/adapter";
import type { Context, ErrorHandler, MiddlewareHandler } from "hono";
import { routePath } from "hono/route";

export {
  AuthError,
  ERROR_TABLE,
  GOOGLE_ENDPOINTS,
  memorySessionStore,
  memoryTokenStore,
  scopegateSession,
  sessionTokenStore,
  storePlainText,
} from "@scopegate/core";
export type {
  AccessTokenOptions,
  Account,
  AdmissionCandidate,
  AuthErrorCode,
  AuthorizationUrlOptions,
  ClientCredentials,
  ClientOption,
  DeniedEvent,
  DiagnosticMessages,
  Endpoints,
  FailureEvent,
  GoogleAuth,
  GuardOptions,
  HookEvent,
  Hooks,
  InstanceMethods,
  MemorySessionStoreOptions,
  MemoryTokenStoreOptions,
  Outcome,
  PageAction,
  PageModel,
  PagesOption,
  PageTexts,
  PartialPageTexts,
  ResealOptions,
  ResealProgress,
  RoutesOption,
  ScopeArguments,
  ScopegateOptions,
  ScopegateSession,
  ScopegateSessionOptions,
  SessionRecord,
  SessionRecordStore,
  SetRecordOptions,
  SignedBlob,
  TokenSource,
  TokenStore,
  UserGrants,
  VerifiedUser,
} from "@scopegate/core";

declare module "hono" {
  interface ContextVariableMap {
    /** The signed-in user of this request, and the access that they granted. Present after `app.use(googleOAuth(…))`. */
    googleAuth: GoogleAuth;
  }
}

/** Options of {@link googleOAuth}. Hono has no session of its own, so `session` is required. */
export interface HonoOptions extends ScopegateOptions<Context> {
  readonly session: NonNullable<ScopegateOptions["session"]>;
}

/** The middleware that {@link googleOAuth} returns. */
export interface GoogleOAuth extends MiddlewareHandler, InstanceMembers<Context, MiddlewareHandler> {
  /**
   * Handles errors that handlers throw: `app.onError(google.errorHandler)`. The user of a `reconnect_required` or similar
   * error is asked as by a guard; for any other `AuthError` there is a page, or JSON. For all other errors it does what
   * Hono's own error handling does: it logs them, and responds.
   */
  readonly errorHandler: ErrorHandler;
}

const adapter = createAdapter<Context, MiddlewareHandler>({
  guard: (check) => async (c, next) => {
    const response = await check(c);
    return response === undefined ? next() : send(c, response);
  },
  attach: (c, name, auth) => c.set(name as "googleAuth", auth),
});

/**
 * Google OAuth 2.0 for a Hono app. Mount it before the guards.
 * @throws TypeError for an option that makes no sense, naming it
 * @example
 * ```ts
 * const google = googleOAuth({ session: scopegateSession({ keys: [process.env.SESSION_KEY!] }) });
 * app.use(google);
 * app.get("/files", requireScopes("https://www.googleapis.com/auth/drive.file"), listFiles);
 * app.onError(google.errorHandler);
 * ```
 */
export function googleOAuth(options: HonoOptions): GoogleOAuth {
  if ((options as Partial<HonoOptions> | undefined)?.session === undefined) {
    throw new TypeError(
      "googleOAuth: `session` is required, because Hono has no session of its own. Pass `session: scopegateSession({ keys: [key] })`, with a key from `openssl rand -base64 32`.",
    );
  }
  const { instance, serve, recover, members } = adapter.mount(options);
  const middleware: MiddlewareHandler = async (c, next) => {
    const view = new HonoRequestView(c, instance);
    const response = await serve(c, view);
    if (response !== undefined) return send(c, response, view);
    await next();
    appendHeaders(c, view, c.res.headers);
    return undefined;
  };
  const errorHandler: ErrorHandler = async (error, c) => {
    const response = await recover(c, error);
    if (response !== undefined) return send(c, response);
    if ("getResponse" in error) return send(c, error.getResponse());
    // oxlint-disable-next-line no-console -- as Hono's own error handling does: no other code reports the error
    console.error(error);
    return c.text("Internal Server Error", 500);
  };
  return Object.assign(middleware, members, { errorHandler });
}

/**
 * A guard: lets a request pass if its user has granted all of these scopes, or one of them with `{ anyOf }`. Otherwise a
 * browser goes to Google's consent page and returns here, and any other request gets 401 or 403 with JSON.
 * @throws TypeError if the arguments are no list of scopes
 * @example
 * ```ts
 * app.get("/files", requireScopes("https://www.googleapis.com/auth/drive.file"), listFiles);
 * ```
 */
export function requireScopes(...scopes: ScopeArguments<Context>): MiddlewareHandler {
  return adapter.requireScopes(...scopes);
}

/**
 * A guard: lets a request pass if its user is signed in with Google. Otherwise a browser goes to Google's sign-in page and
 * returns here, and any other request gets 401 with JSON.
 * @example
 * ```ts
 * app.get("/account", requireSignIn(), showAccount);
 * ```
 */
export function requireSignIn(options?: GuardOptions<Context>): MiddlewareHandler {
  return adapter.requireSignIn(options);
}

/** Sends by `c.header()`, so that headers of earlier middleware stay unless the response has the same ones. */
async function send(c: Context, response: Response, view?: HonoRequestView): Promise<Response> {
  const body = response.body && (await response.arrayBuffer());
  for (const [name, value] of response.headers) c.header(name, value, { append: name === "set-cookie" });
  if (view !== undefined) appendHeaders(c, view, response.headers);
  return c.newResponse(body, response.status as 200);
}

/** Hono drops the handler's own cookies if `c.res` already has some, so the view's headers are added last. */
function appendHeaders(c: Context, view: HonoRequestView, present: Headers): void {
  for (const [name, value] of view.takeHeaders(present)) c.header(name, value, { append: true });
}

/** The path and query of an absolute address. */
const pathOf = (url: string) => url.slice(url.indexOf("/", "https://".length));

class HonoRequestView extends WebRequestView<Context> {
  constructor(c: Context, instance: Scopegate<Context>) {
    const routed = pathOf(c.req.url);
    const { incoming } = (c.env ?? {}) as { incoming?: { url?: string } };
    // On Node.js, the path that Hono routes by is normalized, and lacks the path of `app.mount()`.
    const url = incoming?.url?.startsWith("/") ? incoming.url : routed;
    const normalized = url === routed ? routed : pathOf(new URL(`http://localhost${url}`).href);
    const mountPath = mountPathOf(normalized, routed.split("?", 1)[0]!) + routePath(c).replace(/\/\*?$/, "");
    super(c, { url, mountPath }, instance);
  }

  protected get request(): Request {
    return this.raw.req.raw;
  }

  protected formData(): Promise<FormData> {
    return this.raw.req.formData();
  }
}
