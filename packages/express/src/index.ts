import type { IncomingMessage } from "node:http";
import type { GoogleAuth, GuardOptions, ScopeArguments, ScopegateOptions } from "@scopegate/core";
import { createAdapter, MiddlewareRequestView, mountPathOf, sendOrPass } from "@scopegate/core/adapter";
import type { InstanceMembers } from "@scopegate/core/adapter";
import type { ErrorRequestHandler, Request, RequestHandler } from "express";

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

declare global {
  namespace Express {
    interface Request {
      /** The signed-in user of this request, and the access that they granted. Present after `app.use(googleOAuth())`. */
      googleAuth: GoogleAuth;
    }
  }
}

/** The middleware that {@link googleOAuth} returns. */
export interface GoogleOAuth extends RequestHandler, InstanceMembers<Request, RequestHandler> {
  /**
   * Handles errors that handlers throw. Mount it after the routes. The user of a `reconnect_required` or similar error is
   * asked as by a guard; for any other `AuthError` there is a page, or JSON. All other errors pass on.
   */
  readonly errorHandler: ErrorRequestHandler;
}

const adapter = createAdapter<Request, RequestHandler>({
  guard: (check) => (req, res, next) => sendOrPass(check(req), res, req.method, next),
  attach(req, name, auth) {
    (req as unknown as Record<string, GoogleAuth>)[name] = auth;
  },
});

/**
 * Google OAuth 2.0 for an Express app. Mount it after the session middleware and before the guards.
 * @throws TypeError for an option that makes no sense, naming it
 * @example
 * ```ts
 * const google = googleOAuth(); // client and redirect URI come from the environment
 * app.use(google);
 * app.get("/files", requireScopes("https://www.googleapis.com/auth/drive.file"), listFiles);
 * app.use(google.errorHandler);
 * ```
 */
export function googleOAuth(options: ScopegateOptions<Request> = {}): GoogleOAuth {
  const { instance, serve, recover, members } = adapter.mount(options);
  const middleware: RequestHandler = (req, res, next) => {
    // Routers change `baseUrl` on the way to a guard, so the view keeps it.
    const view = new MiddlewareRequestView(req, res, addressOf(req), instance);
    const outcome = serve(req, view);
    if (outcome === undefined) next();
    else sendOrPass(outcome, res, req.method, next);
  };
  const errorHandler: ErrorRequestHandler = (error: unknown, req, res, next) =>
    sendOrPass(recover(req, error), res, req.method, () => next(error), next);
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
export function requireScopes(...scopes: ScopeArguments<Request>): RequestHandler {
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
export function requireSignIn(options?: GuardOptions<Request>): RequestHandler {
  return adapter.requireSignIn(options);
}

/**
 * Where a request is. A request that did not come through Express is a bare one of Node.js: `io.engine.use(google)` of
 * socket.io gives such requests.
 */
function addressOf(req: Request | (IncomingMessage & { originalUrl?: string })): { url: string; mountPath: string } {
  const { url: here = "/", originalUrl: url = here } = req;
  if ("baseUrl" in req) return { url, mountPath: expressMountPath(req) };
  return { url, mountPath: url === here ? "" : mountPathOf(url, here.split("?", 1)[0]!) };
}

/**
 * The path that routers have removed, without the part that a wildcard matched: `app.use("/google/*", …)` mounts at
 * `/google`. Express 4 gives wildcards numbers, and Express 5 makes their values lists.
 */
function expressMountPath({ baseUrl, params }: Request): string {
  if (baseUrl === "") return "";
  for (const [name, value] of Object.entries(params as Record<string, unknown>)) {
    if (!Array.isArray(value) && !(/^\d+$/.test(name) && typeof value === "string")) continue;
    const matched = [value]
      .flat()
      .join("/")
      .replace(/^\/|\/$/g, "");
    const rest = baseUrl.split("/").slice(0, -matched.split("/").length).join("/");
    // Express has decoded the parameter, so the path is decodable.
    if (decodeURIComponent(baseUrl.slice(rest.length + 1)) === matched) return rest;
  }
  return baseUrl;
}
