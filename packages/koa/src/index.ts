import type { GoogleAuth, GuardOptions, ScopeArguments, ScopegateOptions } from "@scopegate/core";
import {
  answerThrown,
  appendNodeHeader,
  checkRequirement,
  declaredRequirement,
  isMountedOn,
  mountedOn,
  mountOn,
  mountPathOf,
  NodeRequestView,
  Scopegate,
  signInRequirement,
} from "@scopegate/core/adapter";
import type { Offline, Requirement } from "@scopegate/core/adapter";
import type { Context, Middleware } from "koa";
import { nestedRouter } from "./nested-router.ts";
import type { NestedRouter, Serve } from "./nested-router.ts";
import { koaSession } from "./session.ts";

export { AuthError, memorySessionStore, memoryTokenStore, scopegateSession, sessionTokenStore } from "@scopegate/core";
export type { Account, AuthErrorCode, GoogleAuth, GuardOptions, HookEvent, PageModel } from "@scopegate/core";
export type { ScopegateOptions, TokenStore, UserGrants, VerifiedUser } from "@scopegate/core";
export type { NestedRouter } from "./nested-router.ts";

declare module "koa" {
  interface DefaultState {
    /** The signed-in Google user of this request, and what they granted. There after `app.use(googleOAuth())`. */
    googleAuth: GoogleAuth;
  }
}

/** The middleware of {@link googleOAuth}, and what belongs to its instance. */
export interface GoogleOAuth extends NestedRouter, Offline {
  /** The same, in the words of @koa/router: `router.use(google.routes())`, before the router's own routes. */
  routes(): NestedRouter;
  /** As {@link requireScopes}, bound to this instance. */
  requireScopes(...scopes: ScopeArguments<Context>): Middleware;
  /** As {@link requireSignIn}, bound to this instance. */
  requireSignIn(options?: GuardOptions<Context>): Middleware;
  /**
   * Catches `AuthError`s that handlers throw; to mount after `google`, before the routes: `reconnect_required` and its
   * like are answered as a guard answers, others with a page or JSON. Errors that are none of ours are thrown on.
   */
  readonly errorHandler: Middleware;
}

/**
 * Google OAuth 2.0 for a Koa app: `app.use(googleOAuth())`, after the session middleware and before the guards.
 * @throws TypeError for options that make no sense, naming the option
 */
export function googleOAuth(options: ScopegateOptions<Context> = {}): GoogleOAuth {
  const instance = new Scopegate<Context>(options);
  const serve: Serve = async (ctx, next, mountPath) => {
    if (isMountedOn(ctx, instance)) return next();
    const { req, res, originalUrl: url } = ctx;
    // koa-mount gives the path back on the way out. Middleware that only rewrites paths sets no `mountPath`.
    const outer = ctx["mountPath"] === undefined ? "" : mountPathOf(url, ctx.path);
    const view = new KoaRequestView(ctx, { req, res, url, mountPath: outer + mountPath }, instance);
    const answer = instance.route(view);
    if (answer !== undefined) return send(ctx, await answer);
    const auth = instance.attach(view);
    (ctx.state as Record<string, unknown>)[instance.name] = auth;
    mountOn(ctx, auth);
    return instance.whenLoaded<Promise<unknown>>(view, next);
  };
  const middleware = nestedRouter(serve, instance);
  return Object.assign(middleware, {
    routes: () => middleware,
    requireScopes: (...scopes: ScopeArguments<Context>) => guard(instance.requireScopes(scopes), instance),
    requireSignIn: (guardOptions?: GuardOptions<Context>) => guard(instance.requireSignIn(guardOptions), instance),
    errorHandler: (async (ctx, next) => {
      try {
        await next();
      } catch (error) {
        const answer = isMountedOn(ctx, instance) && (await answerThrown(mountedOn(ctx, instance), error));
        if (!answer) throw error;
        await send(ctx, answer);
      }
    }) satisfies Middleware,
    ...instance.offline,
  });
}

/**
 * Lets a request pass whose user has granted all of these scopes (or any, with `{ anyOf }`), and asks the others for
 * them, as the README's table of guards has it.
 */
export function requireScopes(...scopes: ScopeArguments<Context>): Middleware {
  return guard(declaredRequirement(scopes));
}

/** Lets a request pass whose user is signed in with Google, and signs the others in. */
export function requireSignIn(options?: GuardOptions<Context>): Middleware {
  return guard(signInRequirement(options));
}

function guard(requirement: Requirement, instance?: Scopegate<Context>): Middleware {
  return async (ctx, next) => {
    const answer = await checkRequirement(mountedOn(ctx, instance), requirement);
    if (answer === undefined) await next();
    else await send(ctx, answer);
  };
}

/** Through Koa, and not on `ctx.res`: middleware before us, such as the session's, still has headers to set. */
async function send(ctx: Context, answer: Response): Promise<void> {
  ctx.status = answer.status;
  for (const [name, value] of answer.headers) {
    if (name === "set-cookie") appendNodeHeader(ctx.res, name, value);
    else ctx.set(name, value);
  }
  ctx.body = await answer.text();
}

class KoaRequestView extends NodeRequestView<Context> {
  get session(): ReturnType<typeof koaSession> {
    return this.instance.sessionOf(this, this.raw, koaSession);
  }

  get parsedBody() {
    return (this.raw.request as { body?: unknown }).body;
  }
}
