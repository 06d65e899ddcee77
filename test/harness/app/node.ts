import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { AuthError } from "@scopegate/core";
import { googleOAuth, requireScopes, requireSignIn } from "@scopegate/node";
import type { ErrorListener, GoogleOAuth, GoogleRequest, Middleware } from "@scopegate/node";
import connect from "connect";
import cookieSession from "cookie-session";
import session from "express-session";
import type { StartApp, TestAppSpec, TestGuard } from "./test-app.ts";

type Content = Record<string, unknown>;
type AppRequest = GoogleRequest & { readonly session: Content };

/** Starts a test app on `node:http`, or on connect if the app has a mount path, which a bare server cannot have. */
export const startOnNode: StartApp = async (spec) => {
  const server = createServer();
  server.listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const store = new session.MemoryStore();
  const errors: AuthError[] = [];
  const google = googleOAuth(spec.options(origin));

  const record: ErrorListener = (thrown, _req, res) => {
    const error = thrown as AuthError;
    errors.push(error);
    res.writeHead(error.status ?? 500, { ...error.headers, "Content-Type": "application/json" });
    res.end(JSON.stringify({ thrown: error.code ?? error.message }));
  };
  const onError: ErrorListener = (error, req, res) =>
    spec.errorHandler
      ? google.errorHandler(error, req, res, (unanswered) => record(unanswered, req, res))
      : record(error, req, res);

  const listen = (spec.mountPath === undefined ? listenerOf : mounted)(google, spec, onError);
  const openSession = sessionMiddleware(spec.session ?? "server", store);
  server.on("request", (req, res) => {
    try {
      spec.before?.();
      openSession(req, res, (error) => (error === undefined ? listen(req, res) : onError(error, req, res)));
    } catch (error) {
      onError(error, req, res);
    }
  });
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

/** A hand-written router of a bare server: it looks the route up by the path that `URL` parses. */
function listenerOf(
  google: GoogleOAuth,
  { routes, isMountedTwice }: TestAppSpec,
  onError: ErrorListener,
): RequestListener {
  const table = new Map(
    routes.map(({ method = "get", path, guard, handle }) => [
      `${method.toUpperCase()} ${path}`,
      { guard: guard && guardOf(guard), handle },
    ]),
  );
  return google.listener(async (req, res) => {
    if (isMountedTwice && !(await google.passes(req, res))) return;
    const url = URL.parse(req.url!, "http://localhost");
    const route = table.get(`${req.method === "HEAD" ? "GET" : req.method} ${url?.pathname}`);
    if (url === null || route === undefined) res.writeHead(404).end();
    else if ((await route.guard?.passes(req, res)) !== false) {
      sendJson(res, await route.handle(req.googleAuth, (req as AppRequest).session, url.searchParams));
    }
  }, onError);
}

/** Routes on connect, which removes the mount path from `req.url`. For an exact match `/` remains. */
function mounted(google: GoogleOAuth, spec: TestAppSpec, onError: ErrorListener): connect.Server {
  const app = connect();
  app.use(spec.mountPath!, google);
  if (spec.isMountedTwice) app.use(google);
  for (const { path, guard, handle } of spec.routes) {
    if (guard !== undefined) app.use(path, guardOf(guard));
    app.use(path, (req: IncomingMessage, res: ServerResponse, next: connect.NextFunction) => {
      const url = URL.parse(req.url!, "http://localhost");
      if (url?.pathname !== "/") return next();
      const { googleAuth, session: content } = req as AppRequest;
      Promise.resolve(handle(googleAuth, content, url.searchParams))
        .then((result) => sendJson(res, result))
        .catch(next);
    });
  }
  app.use((error: unknown, req: IncomingMessage, res: ServerResponse, _next: connect.NextFunction) => {
    onError(error, req, res);
  });
  return app;
}

function sendJson(res: ServerResponse, result: unknown): void {
  if (!res.headersSent) res.setHeader("Content-Type", "application/json").end(JSON.stringify(result ?? null));
}

type ConnectMiddleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** Session middleware for Express, which works on bare requests as connect-style middleware. */
function sessionMiddleware(kind: NonNullable<TestAppSpec["session"]>, store: session.Store): ConnectMiddleware {
  if (kind === "none") return (_req, _res, next) => next();
  if (kind === "cookie")
    return cookieSession({ name: "app", keys: ["a session key of the tests"] }) as unknown as ConnectMiddleware;
  return session({
    secret: "a session secret of the tests",
    resave: false,
    saveUninitialized: false,
    store,
    cookie: { secure: kind === "lost" },
  }) as unknown as ConnectMiddleware;
}

function guardOf(guard: TestGuard): Middleware {
  if ("signIn" in guard) return requireSignIn(guard.options);
  if ("anyOf" in guard) return requireScopes({ anyOf: guard.anyOf, ...guard.options });
  return guard.options === undefined ? requireScopes(...guard.scopes) : requireScopes(...guard.scopes, guard.options);
}

function contentOf(store: session.MemoryStore): Record<string, Content> {
  const { sessions } = store as unknown as { sessions: Record<string, string> };
  return Object.fromEntries(Object.entries(sessions).map(([id, text]) => [id, JSON.parse(text) as Content]));
}
