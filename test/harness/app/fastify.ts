import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import cookie from "@fastify/cookie";
import formBody from "@fastify/formbody";
import secureSession from "@fastify/secure-session";
import session from "@fastify/session";
import type { AuthError } from "@scopegate/core";
import { googleOAuth, requireScopes, requireSignIn } from "@scopegate/fastify";
import type { GoogleOAuth, Guard } from "@scopegate/fastify";
import Fastify from "fastify";
import type { FastifyInstance } from "fastify";
import type { StartApp, TestAppSpec, TestGuard } from "./test-app.ts";

type Content = Record<string, unknown>;
type SessionStore = NonNullable<session.FastifySessionOptions["store"]>;

/** Starts a test app on Fastify. */
export const startOnFastify: StartApp = async (spec) => {
  // The redirect URI needs the port, and Fastify needs its routes before it listens.
  let server!: Server;
  const app = Fastify({
    serverFactory: (handler) => (server = createServer(handler)),
    // The default of Node.js. Fastify's default ends the connection without `Connection: close`, so that the next request
    // of the tests' keep-alive client on this connection would fail.
    clientErrorHandler(error, socket) {
      const status = error.code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request";
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    },
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const store = new Map<string, string>();
  const errors: AuthError[] = [];
  const google = googleOAuth(spec.options(origin));
  try {
    await build(app, google, { spec, origin, store, errors });
    await app.ready();
  } catch (error) {
    // Fastify does not start with this mistake in the options. A visitor gets a 500 from the proxy before the app.
    errors.push(error as AuthError);
    server.removeAllListeners("request").on("request", (_request, response) => response.writeHead(500).end());
  }
  return {
    origin,
    google,
    errors,
    sessions: () => Object.fromEntries([...store].map(([id, text]) => [id, JSON.parse(text) as Content])),
    async stop() {
      await app.close();
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
};

interface Parts {
  readonly spec: TestAppSpec;
  readonly origin: string;
  readonly store: Map<string, string>;
  readonly errors: AuthError[];
}

async function build(app: FastifyInstance, google: GoogleOAuth, { spec, origin, store, errors }: Parts) {
  app.setErrorHandler<AuthError>(async (error, _request, reply) => {
    errors.push(error);
    return reply
      .code(error.status ?? 500)
      .headers(error.headers ?? {})
      .send({ thrown: error.code ?? error.message });
  });
  app.addHook("onRequest", async () => spec.before?.());
  await app.register(formBody);
  if (spec.session !== "none") await app.register(cookie);
  if (spec.session === "cookie")
    await app.register(secureSession, { key: Buffer.alloc(32, "k"), cookie: { path: "/" } });
  else if (spec.session !== "none") {
    await app.register(session, {
      secret: "a session secret of the tests, 32 characters",
      saveUninitialized: false,
      store: storeIn(store),
      cookie: { secure: spec.session === "lost" },
    });
  }
  const { mountPath } = spec;
  if (mountPath === undefined) await app.register(google);
  if (spec.isMountedTwice) await app.register(google);
  const addRoutes = (context: FastifyInstance, prefix: string, isInside: (path: string) => boolean) => {
    if (spec.errorHandler) context.setErrorHandler(google.errorHandler);
    for (const { method = "get", path, guard, handle } of spec.routes) {
      if (!isInside(path)) continue;
      const preHandler = guard === undefined ? [] : [guardOf(guard)];
      context[method](path.slice(prefix.length), { preHandler }, async (request, reply) => {
        const query = new URL(request.originalUrl, origin).searchParams;
        const result = await handle(request.googleAuth, request.session, query);
        return reply.type("application/json").send(JSON.stringify(result ?? null));
      });
    }
  };
  const isBelow = (path: string) => mountPath !== undefined && path.startsWith(`${mountPath}/`);
  await app.register(async (context) => addRoutes(context, "", (path) => !isBelow(path)));
  if (mountPath === undefined) return;
  await app.register(
    async (context) => {
      await context.register(google);
      addRoutes(context, mountPath, isBelow);
    },
    { prefix: mountPath },
  );
}

/** Keeps sessions as text, as a database does, and not as live objects. */
function storeIn(store: Map<string, string>): SessionStore {
  return {
    get: (id, callback) => callback(null, JSON.parse(store.get(id) ?? "null")),
    set: (id, content, callback) => {
      store.set(id, JSON.stringify(content));
      callback();
    },
    destroy: (id, callback) => {
      store.delete(id);
      callback();
    },
  };
}

function guardOf(guard: TestGuard): Guard {
  if ("signIn" in guard) return requireSignIn(guard.options);
  if ("anyOf" in guard) return requireScopes({ anyOf: guard.anyOf, ...guard.options });
  return guard.options === undefined ? requireScopes(...guard.scopes) : requireScopes(...guard.scopes, guard.options);
}
