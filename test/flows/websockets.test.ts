// `io.engine.use(google)` of socket.io: its engine runs middleware on a bare request of Node.js. When a WebSocket opens, it
// passes an object in place of the response.
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { memorySessionStore, scopegateSession } from "@scopegate/core";
import type { SessionRecordStore } from "@scopegate/core";
import { startEmulator } from "@scopegate/emulator";
import * as onExpress from "@scopegate/express";
import * as onNode from "@scopegate/node";
import connect from "connect";
import express5 from "express";
import session from "express-session";
import express4 from "express4";
import { describe, expect, it } from "vitest";
import { ADA, CLIENT } from "../harness/app/scenario.ts";
import { Visitor } from "../harness/app/visitor.ts";

const HOUR = 3600_000;
const UPGRADE = { Connection: "Upgrade", Upgrade: "websocket" };
const SOCKET = "/socket.io/?EIO=4&transport=websocket";

/** Middleware as socket.io takes it. */
type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => unknown;
type GoogleRequest = IncomingMessage & { googleAuth?: onExpress.GoogleAuth };

/** The members of the object that engine.io 6 passes in place of a response when a WebSocket opens. */
class EngineResponse {
  readonly #headers = new Map<string, unknown>();
  setHeader = (name: string, value: unknown): void => void this.#headers.set(name, value);
  getHeader = (name: string): unknown => this.#headers.get(name);
  removeHeader = (name: string): void => void this.#headers.delete(name);
  write(): void {}
  writeHead(): void {}
  end(): void {}
}

const RESPONSES: readonly (readonly [name: string, make: () => unknown])[] = [
  ["engine.io's response", () => new EngineResponse()],
  ["an empty object, as in hand-written code", () => ({})],
  ["no response", () => undefined],
];

type Parts = { google: Middleware; guard: Middleware; pages: (req: IncomingMessage, res: ServerResponse) => void };
type Build = (options: onExpress.ScopegateOptions<never>, before: Middleware) => Parts;

const onExpressOf =
  (express: typeof express5): Build =>
  (options, before) => {
    const google = onExpress.googleOAuth(options as onExpress.ScopegateOptions);
    const guard = onExpress.requireSignIn();
    const app = express();
    app.use(before as never, google);
    app.get("/me", guard, (req, res) => void res.json({ email: req.googleAuth.user?.email }));
    return { google: google as never, guard: guard as never, pages: app };
  };

const FRAMEWORKS: readonly (readonly [name: string, build: Build])[] = [
  ["Express 5", onExpressOf(express5)],
  ["Express 4", onExpressOf(express4)],
  [
    "Node http",
    (options, before) => {
      const google = onNode.googleOAuth(options as onNode.ScopegateOptions);
      const guard = onNode.requireSignIn();
      const app = connect().use(before).use(google).use("/me", guard);
      app.use("/me", (req, res) => {
        res.setHeader("Content-Type", "application/json");
        res.end(JSON.stringify({ email: (req as GoogleRequest).googleAuth?.user?.email }));
      });
      return { google, guard, pages: app };
    },
  ],
];

const none: Middleware = (_req, _res, next) => next();
const KEYS = ["a session key of the tests, 32 characters"];

function slowStore(): SessionRecordStore {
  const store = memorySessionStore();
  const later = async <T>(value: T) => new Promise<T>((resolve) => setImmediate(() => resolve(value)));
  return {
    get: async (key) => later(await store.get(key)),
    set: async (key, record, options) => later(await store.set(key, record, options)),
    delete: async (key) => later(await store.delete(key)),
  };
}

const SESSIONS = {
  "express-session": undefined,
  "an own session in a cookie": () => ({}),
  "an own session in memory": () => ({ store: memorySessionStore() }),
  "an own session in a slow store": () => ({ store: slowStore() }),
};

async function start(build: Build, kind: keyof typeof SESSIONS, response: () => unknown) {
  const emulator = await startEmulator();
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const redirectUri = `${origin}/oauth2callback`;
  emulator.addClient({ ...CLIENT, redirectUris: [redirectUri] });
  const now = () => emulator.clock.now();
  const own = SESSIONS[kind]?.();
  const before: Middleware =
    own === undefined
      ? (session({ secret: "a session secret of the tests", resave: false, saveUninitialized: false }) as never)
      : none;
  const { google, guard, pages } = build(
    {
      client: CLIENT,
      redirectUri,
      endpoints: emulator.endpoints,
      now,
      ...(own && { session: scopegateSession({ keys: KEYS, now, ...own }) }),
    },
    before,
  );
  const errors: unknown[] = [];

  /** As engine.io does it: the middleware in turn, and 400 for an error. The body stands for the socket's handlers. */
  async function run(req: GoogleRequest, res: unknown, isGuarded: boolean): Promise<[status: number, body: unknown]> {
    for (const middleware of [before, google, ...(isGuarded ? [guard] : [])]) {
      const failure = await new Promise<unknown>((resolve) => {
        void middleware(req, res as ServerResponse, resolve);
      });
      if (failure === undefined) continue;
      errors.push(failure);
      return [400, { error: "MIDDLEWARE_FAILURE" }];
    }
    return [200, { email: req.googleAuth?.user?.email ?? null }];
  }
  server.on("request", (req, res) => {
    if (!req.url!.startsWith("/socket.io/")) return pages(req, res);
    void run(req, res, false).then(([status, body]) =>
      res.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body)),
    );
  });
  server.on("upgrade", (req, socket) => {
    void run(req, response(), req.url!.includes("guarded")).then(([status, body]) => {
      // A plain response, so that the test's client can read it.
      socket.end(
        `HTTP/1.1 ${status} X\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(body)}`,
      );
    });
  });
  return {
    emulator,
    errors,
    visitor: new Visitor(origin, emulator),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      await emulator.stop();
    },
  };
}

describe.each(FRAMEWORKS)("middleware on the sockets of socket.io with the adapter of %s", (_name, build) => {
  describe.each(RESPONSES)("with %s", (responseName, response) => {
    const kinds = Object.keys(SESSIONS) as (keyof typeof SESSIONS)[];
    // express-session itself needs the methods of a response.
    const possible = kinds.filter((kind) => kind !== "express-session" || responseName.startsWith("engine.io"));

    it.each(possible)("knows the user by %s, before and after the session's time of use is due", async (kind) => {
      await using app = await start(build, kind, response);
      const { visitor, emulator } = app;
      expect((await visitor.call(SOCKET, UPGRADE)).body).toEqual({ email: null });
      expect((await visitor.walk("/me")).response.body).toEqual({ email: ADA });
      expect((await visitor.call(SOCKET, UPGRADE)).body).toEqual({ email: ADA });
      emulator.clock.advance(4 * HOUR);
      expect((await visitor.call(SOCKET, UPGRADE)).body).toEqual({ email: ADA });
      expect((await visitor.call(SOCKET.replace("websocket", "polling"))).body).toEqual({ email: ADA });
      expect(app.errors).toEqual([]);
    });

    it("refuses a socket that a guard refuses, and says why", async () => {
      await using app = await start(build, "an own session in a cookie", response);
      const { visitor } = app;
      expect((await visitor.call(`${SOCKET}&guarded`, UPGRADE)).status).toBe(400);
      expect((app.errors[0] as Error).message).toMatch(/response with HTTP 401 .* takes no headers/);
      await visitor.walk("/me");
      expect((await visitor.call(`${SOCKET}&guarded`, UPGRADE)).body).toEqual({ email: ADA });
    });
  });

  it("extends an own session in a store", async () => {
    await using app = await start(build, "an own session in a slow store", () => new EngineResponse());
    const { visitor, emulator } = app;
    await visitor.walk("/me");
    for (const hours of [20, 20]) {
      emulator.clock.advance(hours * HOUR);
      expect((await visitor.call(SOCKET, UPGRADE)).body).toEqual({ email: ADA });
    }
  });
});
