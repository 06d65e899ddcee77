import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Router } from "@koa/router";
import type { AuthError } from "@scopegate/core";
import { googleOAuth, requireScopes, requireSignIn } from "@scopegate/koa";
import type Koa from "koa";
import session from "koa-session";
import type { StartApp, TestAppSpec, TestGuard } from "./test-app.ts";

type Content = Record<string, unknown>;

/** Starts test apps on one version of Koa. */
export function startOnKoa(Application: typeof Koa): StartApp {
  return async (spec) => {
    const server = createServer();
    server.listen(0, "localhost");
    await once(server, "listening");
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    const store = new Map<string, string>();
    const errors: AuthError[] = [];
    const app = new Application();
    const google = build(app, spec, origin, store, errors);
    // The wrapper drops the promise of Koa's handler.
    const handle = app.callback();
    server.on("request", (req, res) => void handle(req, res));
    return {
      origin,
      google,
      errors,
      sessions: () => Object.fromEntries([...store].map(([id, text]) => [id, JSON.parse(text) as Content])),
      async stop() {
        server.close();
        server.closeAllConnections();
        await once(server, "close");
      },
    };
  };
}

function build(app: Koa, spec: TestAppSpec, origin: string, store: Map<string, string>, errors: AuthError[]) {
  const google = googleOAuth(spec.options(origin));
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch (thrown) {
      const error = thrown as AuthError;
      errors.push(error);
      ctx.status = error.status ?? 500;
      ctx.set(error.headers ?? {});
      ctx.body = { thrown: error.code ?? error.message };
    }
  });
  app.use((_ctx, next) => {
    spec.before?.();
    return next();
  });
  if (spec.session !== "none") app.use(sessionMiddleware(app, spec.session ?? "server", store));

  const { mountPath } = spec;
  const mounted = new Router({ prefix: mountPath ?? "" });
  const outside = new Router();
  if (mountPath === undefined) app.use(google);
  else mounted.use(google.routes());
  if (spec.isMountedTwice) app.use(google);
  if (spec.errorHandler) app.use(google.errorHandler);
  for (const { method = "get", path, guard, handle } of spec.routes) {
    const isInside = mountPath !== undefined && path.startsWith(`${mountPath}/`);
    const handler: Koa.Middleware = async (ctx) => {
      const query = new URL(ctx.originalUrl, origin).searchParams;
      const result = await handle(ctx.state.googleAuth, ctx["session"] as Content, query);
      ctx.type = "json";
      ctx.body = JSON.stringify(result ?? null);
    };
    const stack = [...(guard === undefined ? [] : [guardOf(guard)]), handler];
    (isInside ? mounted : outside)[method](isInside ? path.slice(mountPath.length) : path, ...stack);
  }
  app.use(mounted.routes()).use(outside.routes());
  return google;
}

function sessionMiddleware(app: Koa, kind: "server" | "cookie" | "lost", store: Map<string, string>): Koa.Middleware {
  app.keys = ["a session key of the tests"];
  const external = {
    get: async (id: string) => JSON.parse(store.get(id) ?? "null") as unknown,
    set: async (id: string, content: unknown) => void store.set(id, JSON.stringify(content)),
    destroy: async (id: string) => void store.delete(id),
  };
  return session(
    {
      key: "app",
      ...(kind !== "cookie" && { store: external }),
      // The browser sends this cookie to no address of the app.
      ...(kind === "lost" && { path: "/elsewhere" }),
    },
    app,
  );
}

function guardOf(guard: TestGuard): Koa.Middleware {
  if ("signIn" in guard) return requireSignIn(guard.options);
  if ("anyOf" in guard) return requireScopes({ anyOf: guard.anyOf, ...guard.options });
  return guard.options === undefined ? requireScopes(...guard.scopes) : requireScopes(...guard.scopes, guard.options);
}
