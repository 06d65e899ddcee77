// S21 on the routers of Fastify, connect, polka and Hono with their settings: the guard runs whenever the guarded handler
// runs. Express is in guarded-paths.test.ts, and Koa in guarded-routers-koa.test.ts.
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { googleOAuth as onFastify, requireScopes as fastifyGuard } from "@scopegate/fastify";
import { googleOAuth as onHono, requireScopes as honoGuard } from "@scopegate/hono";
import { googleOAuth as onNode, requireScopes as nodeGuard } from "@scopegate/node";
import type { Middleware } from "@scopegate/node";
import connect from "connect";
import Fastify from "fastify";
import type { FastifyInstance, FastifyServerOptions } from "fastify";
import { Hono } from "hono";
import type { Handler as HonoHandler, MiddlewareHandler } from "hono";
import polka from "polka";
import { describe, it } from "vitest";
import { DRIVE } from "../harness/app/scenario.ts";
import { expectReached, SLASH, tryOddPaths, UPPER, DOUBLE, ENCODED } from "../harness/security/router.ts";
import type { Expected } from "../harness/security/router.ts";

/** The types know `useSemicolonDelimiter` only in a deprecated place, so that another option has to stand beside it. */
const SEMICOLON = { useSemicolonDelimiter: true, maxParamLength: 100 };

type FastifyLayout = (app: FastifyInstance, guard: ReturnType<typeof fastifyGuard>, handler: () => string) => unknown;
const route: FastifyLayout = (app, guard, handler) => app.get("/files/drive", { onRequest: guard }, handler);

const FASTIFY: Record<string, readonly [FastifyServerOptions, FastifyLayout, Expected]> = {
  "a route": [{}, route, [[ENCODED], [UPPER, SLASH, DOUBLE]]],
  "a preHandler": [
    {},
    (app, guard, handler) => app.get("/files/drive", { preHandler: [guard] }, handler),
    [[ENCODED], [UPPER]],
  ],
  "in any case": [{ routerOptions: { caseSensitive: false } }, route, [[UPPER]]],
  "with or without a slash": [{ routerOptions: { ignoreTrailingSlash: true } }, route, [[SLASH]]],
  "with any number of slashes": [{ routerOptions: { ignoreDuplicateSlashes: true } }, route, [[DOUBLE]]],
  "with parameters after a semicolon": [{ routerOptions: { ...SEMICOLON } }, route, [["GET /files/drive;x"]]],
  "with everything that is lenient, in a plugin that guards all it has": [
    {
      routerOptions: {
        caseSensitive: false,
        ignoreTrailingSlash: true,
        ignoreDuplicateSlashes: true,
        ...SEMICOLON,
      },
    },
    (app, guard, handler) =>
      app.register(
        async (plugin) => {
          plugin.addHook("onRequest", guard);
          plugin.get("/drive", handler);
        },
        { prefix: "/files" },
      ),
    [[UPPER, SLASH, DOUBLE, ENCODED, "GET /files/drive;x"]],
  ],
  "a plugin in a guarded plugin": [
    {},
    (app, guard, handler) =>
      app.register(
        async (outer) => {
          outer.addHook("preHandler", guard);
          await outer.register(async (inner) => inner.get("/", handler), { prefix: "/drive" });
        },
        { prefix: "/files" },
      ),
    [[SLASH]],
  ],
  "a parameter of any length": [
    { routerOptions: { maxParamLength: 10_000 } },
    (app, guard, handler) => app.get("/files/:name/:rest?", { onRequest: guard }, handler),
    [[ENCODED, "GET /files/drive%00", `GET /files/drive/${"x".repeat(500)}`]],
  ],
  "a short parameter": [
    { routerOptions: { maxParamLength: 20 } },
    (app, guard, handler) => app.get("/files/:name/:rest?", { onRequest: guard }, handler),
    [[ENCODED], [`GET /files/drive/${"x".repeat(500)}`]],
  ],
  "a wildcard": [
    {},
    (app, guard, handler) => app.get("/files/*", { onRequest: guard }, handler),
    [[DOUBLE, "GET /files/x/../drive", "GET /files/x%2f..%2fdrive"]],
  ],
  "a path that is rewritten before": [
    { rewriteUrl: (request) => request.url!.replace(/^\/public\/\.\.(?=\/)/, "") },
    route,
    [["GET /public/../files/drive"]],
  ],
};

describe("odd paths and Fastify's router", () => {
  it.each(Object.entries(FASTIFY))(
    "S21 %s: the guard runs whenever the handler does",
    async (_name, [settings, layout, expected]) => {
      const reached = await tryOddPaths(async ({ options, run }) => {
        const app = Fastify(settings);
        await app.register(onFastify(options));
        await layout(app, fastifyGuard(DRIVE), () => {
          run();
          return "drive";
        });
        await app.ready();
        return app.routing;
      });
      expectReached(reached, expected);
    },
  );
});

type Handler = (req: IncomingMessage, res: ServerResponse) => void;
type NodeLayout = (google: Middleware, guard: Middleware, handler: Handler) => RequestListener;

const NODE: Record<string, readonly [NodeLayout, Expected]> = {
  "connect, by path": [
    (google, guard, handler) => connect().use(google).use("/files/drive", guard).use("/files/drive", handler),
    [[UPPER, SLASH, "GET /files/drive.json", "GET http://evil.example/files/drive"]],
  ],
  "connect in connect": [
    (google, guard, handler) =>
      connect().use(google).use("/files", guard).use("/files", connect().use("/drive", handler)),
    [[UPPER, SLASH, "GET http://evil.example/files/drive"]],
  ],
  "polka, a route": [
    (google, guard, handler) =>
      polka().use(google).get("/files/drive", guard, handler).handler as unknown as RequestListener,
    [[SLASH], [UPPER]],
  ],
};

describe("odd paths and connect-style routers", () => {
  it.each(Object.entries(NODE))(
    "S21 %s: the guard runs whenever the handler does",
    async (_name, [layout, expected]) => {
      const reached = await tryOddPaths(({ options, run }) =>
        layout(onNode(options), nodeGuard(DRIVE), (_req, res) => {
          run();
          res.end("drive");
        }),
      );
      expectReached(reached, expected);
    },
  );
});

type HonoLayout = (google: MiddlewareHandler, guard: MiddlewareHandler, handler: HonoHandler) => Hono;

const HONO: Record<string, readonly [HonoLayout, Expected]> = {
  "a route": [
    (google, guard, handler) => new Hono().use(google).get("/files/drive", guard, handler),
    [[ENCODED], [UPPER, SLASH, DOUBLE]],
  ],
  "a router that is not strict": [
    (google, guard, handler) => new Hono({ strict: false }).use(google).get("/files/drive", guard, handler),
    [[SLASH], [UPPER]],
  ],
  "app.use of a guard on a path": [
    (google, guard, handler) => new Hono().use(google).use("/files/*", guard).get("/files/drive", handler),
    [[ENCODED], [UPPER, DOUBLE]],
  ],
  "app.use of a guard on a path, not strict": [
    (google, guard, handler) =>
      new Hono({ strict: false }).use(google).use("/files/drive", guard).get("/files/drive", handler),
    [[SLASH, ENCODED]],
  ],
  "a base path": [
    (google, guard, handler) => {
      const app = new Hono().use(google);
      app.basePath("/files").use(guard).get("/drive", handler);
      return app;
    },
    [[ENCODED]],
  ],
  "a guarded app in an app": [
    (google, guard, handler) => new Hono().use(google).route("/files", new Hono().use(guard).get("/drive", handler)),
    [[ENCODED]],
  ],
  "a strict app in one that is not": [
    (google, guard, handler) =>
      new Hono({ strict: false }).use(google).route("/files", new Hono().use("/drive", guard).get("/drive", handler)),
    [[SLASH]],
  ],
  "a parameter": [
    (google, guard, handler) => new Hono().use(google).get("/files/:name", guard, handler),
    [[ENCODED, "GET /files/drive%00"]],
  ],
  "a wildcard": [(google, guard, handler) => new Hono().use(google).get("/files/*", guard, handler), [[SLASH, DOUBLE]]],
  "paths that the app reads in its own way": [
    (google, guard, handler) =>
      new Hono({ getPath: (request) => new URL(request.url).pathname.toLowerCase() })
        .use(google)
        .use("/files/*", guard)
        .get("/files/drive", handler),
    [[UPPER]],
  ],
};

describe("odd paths and Hono's router", () => {
  it.each(Object.entries(HONO))(
    "S21 %s: the guard runs whenever the handler does",
    async (_name, [layout, expected]) => {
      const reached = await tryOddPaths(({ options, run }) => {
        const app = layout(onHono(options), honoGuard(DRIVE), (c) => {
          run();
          return c.text("drive");
        });
        const listener = getRequestListener(app.fetch);
        return (req, res) => void listener(req, res);
      });
      expectReached(reached, expected);
    },
  );
});
