import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { GoogleAuth, GuardOptions, ScopeArguments, ScopegateOptions } from "@scopegate/core";
import {
  answerThrown,
  checkRequirement,
  declaredRequirement,
  isMountedOn,
  MiddlewareRequestView,
  mountedOn,
  mountOn,
  mountPathOf,
  Scopegate,
  sendNodeResponse,
  signInRequirement,
} from "@scopegate/core/adapter";
import type { Offline, Requirement } from "@scopegate/core/adapter";
import { lastAnswer } from "./last-answer.ts";

export { AuthError, memorySessionStore, memoryTokenStore, scopegateSession, sessionTokenStore } from "@scopegate/core";
export type { Account, AuthErrorCode, GoogleAuth, GuardOptions, HookEvent, PageModel } from "@scopegate/core";
export type { ScopegateOptions, TokenStore, UserGrants, VerifiedUser } from "@scopegate/core";

/** A request that `googleOAuth()` has seen. */
export interface GoogleRequest extends IncomingMessage {
  /** The signed-in Google user of this request, and what they granted. */
  googleAuth: GoogleAuth;
}

/** Passes a request on; with an argument, an error. */
export type Next = (error?: unknown) => void;

/** Lets a request pass, or answers it. */
export interface Middleware {
  /** In connect's manner: `next()` where the request passes, `next(error)` where that cannot be told. */
  (req: IncomingMessage, res: ServerResponse, next: Next): void;
  /** Whether the request passes; it is answered otherwise. Rejects where that cannot be told. */
  passes(req: IncomingMessage, res: ServerResponse): Promise<boolean>;
}

/** Answers a request; what it throws is answered for it. */
export type Handler = (req: GoogleRequest, res: ServerResponse) => unknown;

/** Answers a request whose handler threw. */
export type ErrorListener = (error: unknown, req: IncomingMessage, res: ServerResponse) => unknown;

/** The middleware of {@link googleOAuth}, and what belongs to its instance. */
export interface GoogleOAuth extends Middleware, Offline {
  /**
   * A listener for `createServer()`: our routes, and `handler` for any other request.
   * @param onError - for what the handler, a guard in it, or one of our routes throws. Default
   *   {@link GoogleOAuth.errorHandler}, and for errors that are none of ours status 500 and a line on stderr.
   */
  listener(handler: Handler, onError?: ErrorListener): RequestListener;
  /** As {@link requireScopes}, bound to this instance. */
  requireScopes(...scopes: ScopeArguments<IncomingMessage>): Middleware;
  /** As {@link requireSignIn}, bound to this instance. */
  requireSignIn(options?: GuardOptions<IncomingMessage>): Middleware;
  /**
   * Connect-style error handling for `AuthError`s that handlers throw: `reconnect_required` and its like are answered as
   * a guard answers, others with a page or JSON. Errors that are none of ours pass on.
   */
  readonly errorHandler: (error: unknown, req: IncomingMessage, res: ServerResponse, next: Next) => void;
}

/**
 * Google OAuth 2.0 for a server of `node:http` or `node:https`, `createServer(google.listener(handler))`, and for
 * whatever takes connect-style middleware, `app.use(google)`.
 * @throws TypeError for options that make no sense, naming the option
 */
export function googleOAuth(options: ScopegateOptions<IncomingMessage> = {}): GoogleOAuth {
  const instance = new Scopegate<IncomingMessage>(options);
  const middleware = middlewareOf((req: IncomingMessage & { originalUrl?: string }, res) => {
    const { url: here = "/", originalUrl: url = here } = req;
    // Kept, since connect gives the path back on the way to a guard.
    const mountPath = url === here ? "" : mountPathOf(url, here.split("?", 1)[0]!);
    const view = new MiddlewareRequestView(req, res, { url, mountPath }, instance);
    const answer = instance.route(view);
    if (answer !== undefined) return answer.then((response) => send(req, res, response));
    const auth = instance.attach(view);
    (req as unknown as Record<string, GoogleAuth>)[instance.name] = auth;
    mountOn(req, auth);
    return instance.whenLoaded(view, () => true);
  });
  const errorHandler: GoogleOAuth["errorHandler"] = (error, req, res, next) => {
    if (!isMountedOn(req, instance)) return next(error);
    answerThrown(mountedOn(req, instance), error)
      .then((answer) => (answer === undefined ? next(error) : void send(req, res, answer)))
      .catch(next);
  };
  return Object.assign(middleware, {
    listener(
      handler: Handler,
      onError: ErrorListener = (error, req, res) =>
        errorHandler(error, req, res, (unanswered) => lastAnswer(unanswered, res)),
    ): RequestListener {
      const serve = async (req: IncomingMessage, res: ServerResponse) => {
        if (await middleware.passes(req, res)) await handler(req as GoogleRequest, res);
      };
      return (req, res) => {
        serve(req, res)
          .catch((error: unknown) => onError(error, req, res))
          .catch((error: unknown) => lastAnswer(error, res));
      };
    },
    requireScopes: (...scopes: ScopeArguments<IncomingMessage>) => guard(instance.requireScopes(scopes), instance),
    requireSignIn: (guardOptions?: GuardOptions<IncomingMessage>) =>
      guard(instance.requireSignIn(guardOptions), instance),
    errorHandler,
    ...instance.offline,
  });
}

/**
 * Lets a request pass whose user has granted all of these scopes (or any, with `{ anyOf }`), and asks the others for
 * them, as the README's table of guards has it.
 */
export function requireScopes(...scopes: ScopeArguments<IncomingMessage>): Middleware {
  return guard(declaredRequirement(scopes));
}

/** Lets a request pass whose user is signed in with Google, and signs the others in. */
export function requireSignIn(options?: GuardOptions<IncomingMessage>): Middleware {
  return guard(signInRequirement(options));
}

function guard(requirement: Requirement, instance?: Scopegate<IncomingMessage>): Middleware {
  return middlewareOf((req, res) => {
    const answer = checkRequirement(mountedOn(req, instance), requirement);
    if (answer === undefined) return true;
    return Promise.resolve(answer).then((response) => response === undefined || send(req, res, response));
  });
}

/** Whether a request passes; at once where nothing waits. */
type Step = (req: IncomingMessage, res: ServerResponse) => boolean | Promise<boolean>;

function middlewareOf(step: Step): Middleware {
  const middleware = (req: IncomingMessage, res: ServerResponse, next: Next): void => {
    let passes: boolean | Promise<boolean>;
    try {
      passes = step(req, res);
    } catch (error) {
      return next(error);
    }
    if (passes === true) return next();
    Promise.resolve(passes).then((isPassing) => (isPassing ? next() : undefined), next);
  };
  return Object.assign(middleware, {
    passes: async (req: IncomingMessage, res: ServerResponse) => step(req, res),
  });
}

/** Sends an answer of ours, after which nothing passes. */
async function send(req: IncomingMessage, res: ServerResponse, answer: Response): Promise<false> {
  await sendNodeResponse(res, answer, req.method ?? "GET");
  return false;
}
