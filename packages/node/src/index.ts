import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { GoogleAuth, GuardOptions, ScopeArguments, ScopegateOptions } from "@scopegate/core";
import {
  createAdapter,
  MiddlewareRequestView,
  mountPathOf,
  sendNodeResponse,
  sendOrPass,
} from "@scopegate/core/adapter";
import type { InstanceMembers } from "@scopegate/core/adapter";
import { lastResponse } from "./last-response.ts";

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

/** A request that `googleOAuth()` has served. */
export interface GoogleRequest extends IncomingMessage {
  /** The signed-in user of this request, and the access that they granted. */
  googleAuth: GoogleAuth;
}

/** Passes a request on; with an argument, to the error handling. */
export type Next = (error?: unknown) => void;

/** Lets a request pass, or responds to it. */
export interface Middleware {
  /** For connect-style servers: calls `next()` if the request passes, and `next(error)` if the check failed. */
  (req: IncomingMessage, res: ServerResponse, next: Next): void;
  /** Whether the request passes. If not, the response is sent. Rejects if the check failed. */
  passes(req: IncomingMessage, res: ServerResponse): Promise<boolean>;
}

/** Responds to a request. If it throws, the listener responds. */
export type Handler = (req: GoogleRequest, res: ServerResponse) => unknown;

/** Responds to a request whose handler threw. */
export type ErrorListener = (error: unknown, req: IncomingMessage, res: ServerResponse) => unknown;

/** The middleware that {@link googleOAuth} returns. */
export interface GoogleOAuth extends Middleware, InstanceMembers<IncomingMessage, Middleware> {
  /**
   * A listener for `createServer()`: serves Scopegate's routes, and calls `handler` for every other request.
   * @param onError - handles errors of the handler, of a guard in it, and of Scopegate's routes. Default:
   *   {@link GoogleOAuth.errorHandler}; for other errors than `AuthError` it responds with 500 and writes to stderr.
   */
  listener(handler: Handler, onError?: ErrorListener): RequestListener;
  /**
   * Handles errors that handlers throw, in connect-style servers. The user of a `reconnect_required` or similar error is
   * asked as by a guard; for any other `AuthError` there is a page, or JSON. All other errors pass on.
   */
  readonly errorHandler: (error: unknown, req: IncomingMessage, res: ServerResponse, next: Next) => void;
}

const adapter = createAdapter<IncomingMessage, Middleware>({
  guard: (check) => middlewareOf(check),
  attach(req, name, auth) {
    (req as unknown as Record<string, GoogleAuth>)[name] = auth;
  },
});

/**
 * Google OAuth 2.0 for a server of `node:http` or `node:https`, and for connect-style servers.
 * @throws TypeError for an option that makes no sense, naming it
 * @example
 * ```ts
 * const google = googleOAuth({ session: scopegateSession({ keys: [process.env.SESSION_KEY!] }) });
 * createServer(google.listener((req, res) => res.end(`Hello, ${req.googleAuth.user?.name ?? "stranger"}`))).listen(3000);
 * ```
 */
export function googleOAuth(options: ScopegateOptions<IncomingMessage> = {}): GoogleOAuth {
  const { instance, serve, recover, members } = adapter.mount(options);
  const middleware = middlewareOf((req: IncomingMessage & { originalUrl?: string }, res) => {
    const { url: here = "/", originalUrl: url = here } = req;
    // connect restores the path on the way to a guard, so the view keeps the mount path.
    const mountPath = url === here ? "" : mountPathOf(url, here.split("?", 1)[0]!);
    return serve(req, new MiddlewareRequestView(req, res, { url, mountPath }, instance));
  });
  const errorHandler: GoogleOAuth["errorHandler"] = (error, req, res, next) =>
    sendOrPass(recover(req, error), res, req.method ?? "GET", () => next(error), next);
  const respondToError: ErrorListener = (error, req, res) =>
    errorHandler(error, req, res, (unhandled) => lastResponse(unhandled, res));
  return Object.assign(middleware, members, {
    errorHandler,
    listener(handler: Handler, onError = respondToError): RequestListener {
      const handle = async (req: IncomingMessage, res: ServerResponse) => {
        if (await middleware.passes(req, res)) await handler(req as GoogleRequest, res);
      };
      return (req, res) => {
        handle(req, res)
          .catch((error: unknown) => onError(error, req, res))
          .catch((error: unknown) => lastResponse(error, res));
      };
    },
  });
}

/**
 * A guard: lets a request pass if its user has granted all of these scopes, or one of them with `{ anyOf }`. Otherwise a
 * browser goes to Google's consent page and returns here, and any other request gets 401 or 403 with JSON.
 * @throws TypeError if the arguments are no list of scopes
 * @example
 * ```ts
 * const canReadFiles = requireScopes("https://www.googleapis.com/auth/drive.file");
 * const listener = google.listener(async (req, res) => {
 *   if (await canReadFiles.passes(req, res)) await listFiles(req, res);
 * });
 * ```
 */
export function requireScopes(...scopes: ScopeArguments<IncomingMessage>): Middleware {
  return adapter.requireScopes(...scopes);
}

/**
 * A guard: lets a request pass if its user is signed in with Google. Otherwise a browser goes to Google's sign-in page and
 * returns here, and any other request gets 401 with JSON.
 * @example
 * ```ts
 * const isSignedIn = requireSignIn();
 * const listener = google.listener(async (req, res) => {
 *   if (await isSignedIn.passes(req, res)) showAccount(req, res);
 * });
 * ```
 */
export function requireSignIn(options?: GuardOptions<IncomingMessage>): Middleware {
  return adapter.requireSignIn(options);
}

/** Serves a request. `undefined` lets it pass at once, and a promise of `undefined` later. */
type Step = (req: IncomingMessage, res: ServerResponse) => Promise<Response | undefined> | undefined;

function middlewareOf(step: Step): Middleware {
  const middleware = (req: IncomingMessage, res: ServerResponse, next: Next): void => {
    const outcome = step(req, res);
    if (outcome === undefined) next();
    else sendOrPass(outcome, res, req.method ?? "GET", next);
  };
  return Object.assign(middleware, {
    async passes(req: IncomingMessage, res: ServerResponse): Promise<boolean> {
      const response = await step(req, res);
      if (response !== undefined) await sendNodeResponse(res, response, req.method ?? "GET");
      return response === undefined;
    },
  });
}
