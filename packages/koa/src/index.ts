import type { GoogleAuth, GuardOptions, ScopeArguments, ScopegateOptions } from "@scopegate/core";
import { appendNodeHeader, createAdapter, mountPathOf, NodeRequestView } from "@scopegate/core/adapter";
import type { InstanceMembers } from "@scopegate/core/adapter";
import type { Context, Middleware } from "koa";
import { nestedRouter } from "./nested-router.ts";
import type { NestedRouter, Serve } from "./nested-router.ts";
import { koaSession } from "./session.ts";

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
export type { NestedRouter } from "./nested-router.ts";

declare module "koa" {
  interface DefaultState {
    /** The signed-in user of this request, and the access that they granted. Present after `app.use(googleOAuth())`. */
    googleAuth: GoogleAuth;
  }
}

/** The middleware that {@link googleOAuth} returns. */
export interface GoogleOAuth extends NestedRouter, InstanceMembers<Context, Middleware> {
  /** The same middleware, by the name that @koa/router users know: `router.use(google.routes())`, before the router's own routes. */
  routes(): NestedRouter;
  /**
   * Handles errors that handlers throw. Mount it after `google` and before the routes. The user of a `reconnect_required`
   * or similar error is asked as by a guard; for any other `AuthError` there is a page, or JSON. All other errors are
   * thrown again.
   */
  readonly errorHandler: Middleware;
}

const adapter = createAdapter<Context, Middleware>({
  guard: (check) => async (ctx, next) => {
    const response = await check(ctx);
    if (response === undefined) await next();
    else await send(ctx, response);
  },
  attach(ctx, name, auth) {
    (ctx.state as Record<string, unknown>)[name] = auth;
  },
});

/**
 * Google OAuth 2.0 for a Koa app. Mount it after the session middleware and before the guards.
 * @throws TypeError for an option that makes no sense, naming it
 * @example
 * ```ts
 * const google = googleOAuth(); // client and redirect URI come from the environment
 * app.use(google);
 * app.use(google.errorHandler);
 * router.get("/files", requireScopes("https://www.googleapis.com/auth/drive.file"), listFiles);
 * ```
 */
export function googleOAuth(options: ScopegateOptions<Context> = {}): GoogleOAuth {
  const { instance, serve, recover, members } = adapter.mount(options);
  const handle: Serve = async (ctx, next, mountPath) => {
    const { req, res, originalUrl: url } = ctx;
    // koa-mount restores the path on the way out. Middleware that only rewrites paths sets no `mountPath`.
    const outer = ctx["mountPath"] === undefined ? "" : mountPathOf(url, ctx.path);
    const view = new KoaRequestView(ctx, { req, res, url, mountPath: outer + mountPath }, instance);
    const response = await serve(ctx, view);
    return response === undefined ? next() : send(ctx, response);
  };
  const errorHandler: Middleware = async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const response = await recover(ctx, error);
      if (response === undefined) throw error;
      await send(ctx, response);
    }
  };
  const middleware = nestedRouter(handle, instance);
  return Object.assign(middleware, members, { routes: () => middleware, errorHandler });
}

/**
 * A guard: lets a request pass if its user has granted all of these scopes, or one of them with `{ anyOf }`. Otherwise a
 * browser goes to Google's consent page and returns here, and any other request gets 401 or 403 with JSON.
 * @throws TypeError if the arguments are no list of scopes
 * @example
 * ```ts
 * router.get("/files", requireScopes("https://www.googleapis.com/auth/drive.file"), listFiles);
 * ```
 */
export function requireScopes(...scopes: ScopeArguments<Context>): Middleware {
  return adapter.requireScopes(...scopes);
}

/**
 * A guard: lets a request pass if its user is signed in with Google. Otherwise a browser goes to Google's sign-in page and
 * returns here, and any other request gets 401 with JSON.
 * @example
 * ```ts
 * router.get("/account", requireSignIn(), showAccount);
 * ```
 */
export function requireSignIn(options?: GuardOptions<Context>): Middleware {
  return adapter.requireSignIn(options);
}

/** Sends through Koa, not on `ctx.res`: earlier middleware, such as the session's, still sets headers afterwards. */
async function send(ctx: Context, response: Response): Promise<void> {
  ctx.status = response.status;
  for (const [name, value] of response.headers) {
    if (name === "set-cookie") appendNodeHeader(ctx.res, name, value);
    else ctx.set(name, value);
  }
  ctx.body = await response.text();
}

class KoaRequestView extends NodeRequestView<Context> {
  get session(): ReturnType<typeof koaSession> {
    return this.instance.sessionOf(this, this.raw, koaSession);
  }

  protected get parsedBody() {
    return (this.raw.request as { body?: unknown }).body;
  }
}
