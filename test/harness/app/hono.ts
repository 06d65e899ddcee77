import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { AuthError, scopegateSession } from "@scopegate/core";
import type { ScopegateSession, SessionRecord, SessionRecordStore } from "@scopegate/core";
import { googleOAuth, requireScopes, requireSignIn } from "@scopegate/hono";
import { Hono } from "hono";
import type { MiddlewareHandler } from "hono";
import { withCookie } from "../../../packages/core/src/adapter/set-cookie.ts";
import type { StartApp, TestAppSpec, TestGuard } from "./test-app.ts";

type Content = Record<string, unknown>;
type Records = Map<string, SessionRecord>;

/** Starts a test app on Hono. The session is an own session of Scopegate, which also holds the app's content. */
export const startOnHono: StartApp = async (spec) => {
  const server = createServer();
  server.listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const records: Records = new Map();
  const errors: AuthError[] = [];
  const { app, google } = build(spec, origin, records, errors);
  const listener = getRequestListener(app.fetch);
  server.on("request", (req, res) => void listener(req, res));
  return {
    origin,
    google,
    errors,
    sessions: () => Object.fromEntries([...records].map(([key, { content }]) => [key, structuredClone(content)])),
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
};

function build(spec: TestAppSpec, origin: string, records: Records, errors: AuthError[]) {
  const options = spec.options(origin);
  const session = options.session ?? sessionOf(spec.session ?? "server", records);
  const google = googleOAuth({ ...options, session });
  const app = new Hono();
  app.onError((error, c) => {
    if (spec.errorHandler && error instanceof AuthError) return google.errorHandler(error, c);
    const { status, headers, code } = error as AuthError;
    errors.push(error as AuthError);
    return c.json({ thrown: code ?? error.message }, (status ?? 500) as 500, headers);
  });
  app.use(async (_c, next) => {
    spec.before?.();
    await next();
  });
  if (spec.session === "lost") app.use(loseSession);
  if (options.session === undefined) app.use(contentIn(session));

  const { mountPath } = spec;
  const mounted = new Hono();
  (mountPath === undefined ? app : mounted).use(google);
  if (spec.isMountedTwice) app.use(google);
  for (const { method = "get", path, guard, handle } of spec.routes) {
    const isInside = mountPath !== undefined && path.startsWith(`${mountPath}/`);
    const router = isInside ? mounted : app;
    const ownPath = isInside ? path.slice(mountPath.length) : path;
    if (guard !== undefined) router.on(method, ownPath, guardOf(guard));
    router[method](ownPath, async (c) => {
      const query = new URL(c.req.url).searchParams;
      const result = await handle(c.get("googleAuth"), (c as { session?: Content }).session ?? {}, query);
      return c.body(JSON.stringify(result ?? null), 200, { "Content-Type": "application/json" });
    });
  }
  if (mountPath !== undefined) app.route(mountPath, mounted);
  return { app, google };
}

function sessionOf(kind: NonNullable<TestAppSpec["session"]>, records: Records): ScopegateSession {
  // No session, as if its store failed.
  if (kind === "none") return { kind: "scopegate session", load: () => undefined, of: () => undefined };
  const store: SessionRecordStore = {
    synchronous: true,
    get: (key) => records.get(key),
    set(key, record, settings) {
      if (settings.mode === "create" || records.has(key)) records.set(key, record);
    },
    delete: (key) => records.delete(key),
  };
  const keys = ["a session key of the tests, 32 characters"];
  return scopegateSession(kind === "cookie" ? { keys } : { keys, store });
}

/** Changes the session's cookie so that the browser sends it to no address of the app. */
const loseSession: MiddlewareHandler = async (c, next) => {
  await next();
  const lines = c.res.headers.getSetCookie();
  c.header("Set-Cookie");
  for (const line of lines) {
    const lost = line.startsWith("scopegate_session=") ? line.replace("Path=/", "Path=/elsewhere") : line;
    c.header("Set-Cookie", lost, { append: true });
  }
};

/** Sets `c.session`, where the apps of tests keep their content, such as a user's ID or a cart. */
function contentIn(session: ScopegateSession): MiddlewareHandler {
  return async (c, next) => {
    let lines: string[] = [];
    const handle = () =>
      session.of(
        {
          method: c.req.method,
          url: c.req.url,
          mountPath: "",
          session: undefined,
          userId: undefined,
          raw: c,
          header: (name) => c.req.header(name),
          body: () => Promise.resolve(""),
          appendHeader: (_name, line) => void (lines = withCookie(lines, line)),
          headersSent: false,
        },
        false,
      );
    const content = new Proxy<Content>(
      {},
      {
        get: (_target, key) => handle()?.get(String(key)),
        set(_target, key, value) {
          handle()?.set(String(key), value);
          return true;
        },
      },
    );
    Object.assign(c, { session: content });
    await next();
    for (const line of lines) c.header("Set-Cookie", line, { append: true });
  };
}

function guardOf(guard: TestGuard): MiddlewareHandler {
  if ("signIn" in guard) return requireSignIn(guard.options);
  if ("anyOf" in guard) return requireScopes({ anyOf: guard.anyOf, ...guard.options });
  return guard.options === undefined ? requireScopes(...guard.scopes) : requireScopes(...guard.scopes, guard.options);
}
