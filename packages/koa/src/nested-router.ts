import type { Scopegate } from "@scopegate/core/adapter";
import type { Context, Middleware, Next } from "koa";

/** Serves one request, with Scopegate's routes below `mountPath`. */
export type Serve = (ctx: Context, next: Next, mountPath: string) => Promise<unknown>;

/** A middleware that @koa/router accepts as a router: `router.use(nested)`. */
export type NestedRouter = Middleware & { readonly router: object };

/** Parameters of the app's own routes do not concern Scopegate's. */
const ignore = () => undefined;

/**
 * Makes a middleware that also works in `router.use()`. @koa/router runs a plain middleware only if a route matches, so
 * that Scopegate's routes would never be served. A nested router has two layers: the first runs before every route of the
 * app's router, and the second matches Scopegate's own routes.
 */
export function nestedRouter(serve: Serve, { routes }: Pick<Scopegate, "routes">): NestedRouter {
  // @koa/router 12 to 15 copies these properties and calls these methods. It may replace the prototype.
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
      if (/[:*{}()]/.test(prefix)) {
        throw new TypeError(
          `googleOAuth: the router's prefix ${JSON.stringify(prefix)} has parameters, and a redirect URI cannot. Mount at the root of the app: \`app.use(google)\`.`,
        );
      }
      const mountPath = (prefix.replace(/\/$/, "") + this.path).replace(/\/$/, "");
      this.path = mountPath;
      this.stack = [(ctx, next) => serve(ctx, next, mountPath)];
      return this;
    },
    param: ignore,
    captures: () => [],
    params: (_path: string, _captures: unknown, existing = {}) => existing,
  });
  // Routers match case-insensitively by default, so this layer does too. It responds to no path that is not Scopegate's.
  const everywhere = layer([], (path, mountPath) => `${path.toLowerCase()}/`.startsWith(`${mountPath.toLowerCase()}/`));
  // Below koa-mount, `path` lacks the mount path, but the callback's path includes it. Other requests pass.
  const ofScopegate = layer(
    routes.methods,
    (path, mountPath) => routes.match(path, mountPath) !== undefined || routes.paths.callback.endsWith(path),
  );
  const middleware: Middleware = (ctx, next) => serve(ctx, next, "");
  return Object.assign(middleware, { router: { stack: [everywhere, ofScopegate], param: ignore } });
}
