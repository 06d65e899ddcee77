import type { GoogleAuth, GuardOptions, ScopeArguments, ScopegateOptions } from "@scopegate/core";
import {
  answerThrown,
  checkRequirement,
  declaredRequirement,
  isMountedOn,
  MiddlewareRequestView,
  mountedOn,
  mountOn,
  Scopegate,
  sendNodeResponse,
  signInRequirement,
} from "@scopegate/core/adapter";
import type { Offline, Requirement } from "@scopegate/core/adapter";
import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response as ExpressResponse } from "express";

export { AuthError, memoryTokenStore, sessionTokenStore } from "@scopegate/core";
export { memorySessionStore, scopegateSession } from "@scopegate/core";
export type {
  Account,
  AuthErrorCode,
  GoogleAuth,
  GuardOptions,
  HookEvent,
  PageModel,
  ScopegateOptions,
  TokenStore,
  UserGrants,
  VerifiedUser,
} from "@scopegate/core";

declare global {
  namespace Express {
    interface Request {
      /** The signed-in Google user of this request, and what they granted. There after `app.use(googleOAuth())`. */
      googleAuth: GoogleAuth;
    }
  }
}

/** The middleware of {@link googleOAuth}, and what belongs to its instance. */
export interface GoogleOAuth extends RequestHandler, Offline {
  /** As {@link requireScopes}, bound to this instance. */
  requireScopes(...scopes: ScopeArguments<Request>): RequestHandler;
  /** As {@link requireSignIn}, bound to this instance. */
  requireSignIn(options?: GuardOptions<Request>): RequestHandler;
  /**
   * Express's error handling for `AuthError`s that handlers throw, to mount after the routes: `reconnect_required` and
   * its like are answered as a guard answers, others with a page or JSON. Errors that are none of ours pass on.
   */
  readonly errorHandler: ErrorRequestHandler;
}

/**
 * Google OAuth 2.0 for an Express app: `app.use(googleOAuth())`, after the session middleware and before the guards.
 * @throws TypeError for options that make no sense, naming the option
 */
export function googleOAuth(options: ScopegateOptions<Request> = {}): GoogleOAuth {
  const instance = new Scopegate<Request>(options);
  const middleware: RequestHandler = (req, res, next) => {
    // The view keeps where it is mounted, since routers change `baseUrl` on the way to a guard.
    const view = new MiddlewareRequestView(req, res, { url: req.originalUrl, mountPath: req.baseUrl }, instance);
    const answer = instance.route(view);
    if (answer !== undefined) {
      answer.then((response) => sendNodeResponse(res, response, req.method)).catch(next);
      return;
    }
    const auth = instance.attach(view);
    (req as unknown as Record<string, GoogleAuth>)[instance.name] = auth;
    mountOn(req, auth);
    void instance.whenLoaded(view, next);
  };
  return Object.assign(middleware, {
    requireScopes: (...scopes: ScopeArguments<Request>) => guard(instance.requireScopes(scopes), instance),
    requireSignIn: (guardOptions?: GuardOptions<Request>) => guard(instance.requireSignIn(guardOptions), instance),
    errorHandler: ((error: unknown, req, res, next) => {
      if (!isMountedOn(req, instance)) return next(error);
      answerThrown(mountedOn(req, instance), error)
        .then((answer) => (answer === undefined ? next(error) : sendNodeResponse(res, answer, req.method)))
        .catch(next);
    }) satisfies ErrorRequestHandler,
    ...instance.offline,
  });
}

/**
 * Lets a request pass whose user has granted all of these scopes (or any, with `{ anyOf }`), and asks the others for
 * them, as the README's table of guards has it.
 */
export function requireScopes(...scopes: ScopeArguments<Request>): RequestHandler {
  return guard(declaredRequirement(scopes));
}

/** Lets a request pass whose user is signed in with Google, and signs the others in. */
export function requireSignIn(options?: GuardOptions<Request>): RequestHandler {
  return guard(signInRequirement(options));
}

function guard(requirement: Requirement, instance?: Scopegate<Request>): RequestHandler {
  return (req: Request, res: ExpressResponse, next: NextFunction) => {
    const answer = checkRequirement(mountedOn(req, instance), requirement);
    if (answer === undefined) return next();
    Promise.resolve(answer)
      .then((response) => (response === undefined ? next() : sendNodeResponse(res, response, req.method)))
      .catch(next);
  };
}
