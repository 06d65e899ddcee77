import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { AuthError } from "@scopegate/core";
import { googleOAuth, requireScopes, requireSignIn } from "@scopegate/express";
import cookieSession from "cookie-session";
import type { ErrorRequestHandler, Express, RequestHandler } from "express";
import session from "express-session";
import type { StartApp, TestAppSpec, TestGuard } from "./test-app.ts";

/** Starts test apps on one version of Express. */
export function startOnExpress(express: () => Express): StartApp {
  return async (spec) => {
    const server = createServer();
    server.listen(0, "localhost");
    await once(server, "listening");
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    const store = new session.MemoryStore();
    const errors: AuthError[] = [];
    const { app, google } = buildApp(express(), spec, origin, store, errors);
    server.on("request", app);
    return {
      origin,
      google,
      errors,
      sessions: () => contentOf(store),
      async stop() {
        server.close();
        server.closeAllConnections();
        await once(server, "close");
      },
    };
  };
}

function buildApp(app: Express, spec: TestAppSpec, origin: string, store: session.MemoryStore, errors: AuthError[]) {
  const google = googleOAuth(spec.options(origin));
  app.use((_req, _res, next) => {
    spec.before?.();
    next();
  });
  if (spec.session !== "none") app.use(sessionMiddleware(spec.session ?? "server", store));
  if (spec.mountPath === undefined) app.use(google);
  else app.use(spec.mountPath, google);
  if (spec.isMountedTwice) app.use(google);
  for (const { method = "get", path, guard, handle } of spec.routes) {
    const handler: RequestHandler = async (req, res, next) => {
      try {
        const query = new URL(req.originalUrl, origin).searchParams;
        const result = await handle(req.googleAuth, req.session as unknown as Record<string, unknown>, query);
        if (!res.headersSent) res.json(result ?? null);
      } catch (error) {
        next(error);
      }
    };
    app[method](path, ...(guard === undefined ? [] : [guardOf(guard)]), handler);
  }
  if (spec.errorHandler) app.use(google.errorHandler);
  const onError: ErrorRequestHandler = (error: AuthError, _req, res, _next) => {
    errors.push(error);
    res
      .status(error.status ?? 500)
      .set(error.headers)
      .json({ thrown: error.code ?? error.message });
  };
  app.use(onError);
  return { app, google };
}

function sessionMiddleware(kind: "server" | "cookie" | "lost", store: session.Store): RequestHandler {
  if (kind === "cookie") return cookieSession({ name: "app", keys: ["a session key of the tests"] });
  return session({
    secret: "a session secret of the tests",
    resave: false,
    saveUninitialized: false,
    store,
    // With `secure`, express-session sends no cookie over plain HTTP. Behind a proxy this is the most common mistake.
    cookie: { secure: kind === "lost" },
  });
}

function guardOf(guard: TestGuard): RequestHandler {
  if ("signIn" in guard) return requireSignIn(guard.options);
  if ("anyOf" in guard) return requireScopes({ anyOf: guard.anyOf, ...guard.options });
  return guard.options === undefined ? requireScopes(...guard.scopes) : requireScopes(...guard.scopes, guard.options);
}

function contentOf(store: session.MemoryStore): Record<string, Record<string, unknown>> {
  const { sessions } = store as unknown as { sessions: Record<string, string> };
  return Object.fromEntries(
    Object.entries(sessions).map(([id, text]) => [id, JSON.parse(text) as Record<string, unknown>]),
  );
}
