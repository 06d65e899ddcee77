// S21 on @koa/router and koa-mount with their settings: the guard runs whenever the guarded handler runs.
import type { RequestListener } from "node:http";
import { Router } from "@koa/router";
import { googleOAuth as onKoa, requireScopes as koaGuard } from "@scopegate/koa";
import Koa from "koa";
import mount from "koa-mount";
import { describe, expect, it } from "vitest";
import { DRIVE } from "../harness/app/scenario.ts";
import { expectReached, SLASH, tryOddPaths, UPPER, DOUBLE, ENCODED } from "../harness/security/router.ts";
import type { Expected, RouterParts } from "../harness/security/router.ts";

type KoaLayout = (app: Koa, guard: Koa.Middleware, handler: Koa.Middleware) => unknown;

const KOA: Record<string, readonly [KoaLayout, Expected]> = {
  "a route": [
    (app, guard, handler) => app.use(new Router().get("/files/drive", guard, handler).routes()),
    [[UPPER, SLASH]],
  ],
  "a sensitive, strict router": [
    (app, guard, handler) =>
      app.use(new Router({ sensitive: true, strict: true }).get("/files/drive", guard, handler).routes()),
    [[], [UPPER, SLASH]],
  ],
  "a prefix": [
    (app, guard, handler) => app.use(new Router({ prefix: "/files" }).get("/drive", guard, handler).routes()),
    [[UPPER]],
  ],
  "router.use of a guard": [
    (app, guard, handler) => app.use(new Router().use(guard).get("/files/drive", handler).routes()),
    [[UPPER, SLASH]],
  ],
  "router.use of a guard, below the prefix of a sensitive router": [
    (app, guard, handler) =>
      app.use(new Router({ prefix: "/files", sensitive: true }).use(guard).get("/drive", handler).routes()),
    [[SLASH], [UPPER]],
  ],
  "router.use of a guard on a path": [
    (app, guard, handler) => app.use(new Router().use("/files", guard).get("/files/drive", handler).routes()),
    [[UPPER, SLASH]],
  ],
  "router.use of a guard on the very path, of a sensitive router": [
    (app, guard, handler) =>
      app.use(new Router({ sensitive: true }).use("/files/drive", guard).get("/files/drive", handler).routes()),
    [[SLASH], [UPPER]],
  ],
  "router.all, before a route": [
    (app, guard, handler) => app.use(new Router().all("/files/drive", guard).get("/files/drive", handler).routes()),
    [[UPPER, SLASH]],
  ],
  "a router in a guarded router": [
    (app, guard, handler) =>
      app.use(new Router().use("/files", guard, new Router().get("/drive", handler).routes()).routes()),
    [[UPPER]],
  ],
  "a strict router in a lenient one": [
    (app, guard, handler) => {
      const inner = new Router({ strict: true, sensitive: true }).use("/drive", guard).get("/drive", handler);
      app.use(new Router({ prefix: "/files" }).use(inner.routes()).routes());
    },
    [[]],
  ],
  "a parameter": [
    (app, guard, handler) => app.use(new Router().get("/files/:name", guard, handler).routes()),
    [[ENCODED, "GET /files/drive%00"]],
  ],
  "a pattern": [
    (app, guard, handler) => app.use(new Router().get(/^\/files\/dri/i, guard, handler).routes()),
    [["GET /files/drive/42"]],
  ],
  "app.use of a guard": [
    (app, guard, handler) => app.use(guard).use(new Router().get("/files/drive", handler).routes()),
    [[UPPER, SLASH]],
  ],
  "koa-mount of a guard with its handler": [
    (app, guard, handler) => app.use(mount("/files", new Koa().use(guard).use(handler))),
    [[SLASH, DOUBLE, "GET /files/drive/42"], [UPPER]],
  ],
  "koa-mount of a router with guards": [
    (app, guard, handler) =>
      app.use(mount("/files", new Router().get("/drive", guard, handler).routes() as Koa.Middleware)),
    [[SLASH, "GET /files/Drive"], [UPPER]],
  ],
  "koa-mount in koa-mount": [
    (app, guard, handler) =>
      app.use(mount("/files", new Koa().use(guard).use(mount("/drive", new Koa().use(handler))))),
    [[SLASH]],
  ],
};

describe("odd paths and Koa's routers", () => {
  const koa =
    (layout: KoaLayout) =>
    ({ options, run }: RouterParts): RequestListener => {
      const app = new Koa();
      app.use(onKoa(options));
      layout(app, koaGuard(DRIVE), (ctx) => {
        run();
        ctx.body = "drive";
      });
      const handle = app.callback();
      return (req, res) => void handle(req, res);
    };

  it.each(Object.entries(KOA))(
    "S21 %s: the guard runs whenever the handler does",
    async (_name, [layout, expected]) => {
      expectReached(await tryOddPaths(koa(layout)), expected);
    },
  );

  it("S21 in a router that also serves Scopegate's routes, the guard runs whenever the handler does, in any case", async () => {
    const reached = await tryOddPaths(({ options, run }) => {
      const google = onKoa(options);
      const router = new Router().use(google.routes()).get("/files/drive", google.requireScopes(DRIVE), (ctx) => {
        run();
        ctx.body = "drive";
      });
      const handle = new Koa().use(router.routes()).callback();
      return (req, res) => void handle(req, res);
    });
    expectReached(reached, [[UPPER, SLASH]]);
  });

  // Scopegate cannot change this: these layers compare case-sensitively before routes that do not, and skip the guard.
  it.each([
    [
      "that koa-mount puts before a router",
      (app, guard, handler) => app.use(mount("/files", guard)).use(new Router().get("/files/drive", handler).routes()),
    ],
    [
      "of router.use, below a prefix that is not sensitive",
      (app, guard, handler) => app.use(new Router({ prefix: "/files" }).use(guard).get("/drive", handler).routes()),
    ],
  ] satisfies [string, KoaLayout][])(
    "S21 a guard %s does not run for a path in another case, as the README warns",
    async (_name, layout) => {
      await expect(tryOddPaths(koa(layout))).rejects.toThrow(/signed out.*GET \/FILES\/DRIVE/s);
    },
  );
});
