import type { Scopegate } from "@scopegate/core/adapter";
import type { Context, Middleware, Next } from "koa";

/** Serves one request, with our routes below `mountPath`. */
export type Serve = (ctx: Context, next: Next, mountPath: string) => Promise<unknown>;

/** A middleware that @koa/router takes for a router of its own kind: `router.use(nested)`. */
export type NestedRouter = Middleware & { readonly router: object };

/** Parameters of the app's own routes are none of ours. */
const ignore = () => undefined;
const AT_ROOT = "mount at the root of the app: `app.use(google)`";

/**
 * A plain `router.use(middleware)` runs only where a route matches, and so never for our routes. Of these two layers,
 * one stands before every route of the app's router, and one is our routes'.
 */
export function nestedRouter(serve: Serve, { routes }: Pick<Scopegate, "routes">): NestedRouter {
  // What @koa/router, 12 to 15, copies and calls: own properties only, since it may put a prototype of its own below.
  const layer = (methods: readonly string[], matches: (path: string, mountPath: string) => boolean) => ({
    path: "",
    methods,
    opts: {},
    paramNames: [],
    stack: [((ctx, next) => serve(ctx, next, "")) satisfies Middleware],
    match(path: string) {
      return matches(path, this.path);
    },
    setPrefix(prefix: string) {
      if (/[:*{}()]/.test(prefix))
        throw new TypeError(`googleOAuth: no redirect URI can be below ${prefix}; ${AT_ROOT}`);
      const mountPath = (prefix.replace(/\/$/, "") + this.path).replace(/\/$/, "");
      this.path = mountPath;
      this.stack = [(ctx, next) => serve(ctx, next, mountPath)];
      return this;
    },
    param: ignore,
    captures: () => [],
    params: (_path: string, _captures: unknown, existing = {}) => existing,
  });
  // In any case, as routers match unless they are told not to; what stands here answers no path that is not ours.
  const everywhere = layer([], (path, mountPath) => `${path.toLowerCase()}/`.startsWith(`${mountPath.toLowerCase()}/`));
  // Below koa-mount the path lacks the mount's part, and the callback does not. What is none of ours just passes.
  const ours = layer(
    ["HEAD", "GET", "POST"],
    (path, mountPath) => routes.match(path, mountPath) !== undefined || routes.callback.endsWith(path),
  );
  const middleware: Middleware = (ctx, next) => serve(ctx, next, "");
  return Object.assign(middleware, { router: { stack: [everywhere, ours], param: ignore } });
}
