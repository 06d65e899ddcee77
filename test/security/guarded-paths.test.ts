import { googleOAuth, requireScopes, requireSignIn } from "@scopegate/express";
import type { Express, RequestHandler } from "express";
import express5, { Router } from "express";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { CLIENT, DRIVE, ROUTES } from "../harness/app/scenario.ts";
import { startAttack } from "../harness/security/attack.ts";
import { expressVersions, startExpress } from "../harness/security/express.ts";
import { reaching, spellings } from "../harness/security/odd-paths.ts";

type Layout = (app: Express, guard: RequestHandler, handler: RequestHandler, express: typeof express5) => void;

const router = (express: typeof express5, options = {}) => (express as { Router: typeof Router }).Router(options);

const LAYOUTS: Record<string, Layout> = {
  "the app's own router": (app, guard, handler) => app.get("/files/drive", guard, handler),
  "strict routing": (app, guard, handler) => app.enable("strict routing").get("/files/drive", guard, handler),
  "case-sensitive routing": (app, guard, handler) =>
    app.enable("case sensitive routing").get("/files/drive", guard, handler),
  "app.use with a path": (app, guard, handler) => app.use("/files", guard).get("/files/drive", handler),
  "app.use with the very path": (app, guard, handler) =>
    app.use("/files/drive", guard).get(["/files/drive", "/files/drive/:id"], handler),
  "app.use without a path": (app, guard, handler) =>
    app.use((req, res, next) => (req.path === "/" ? next() : guard(req, res, next))).get("/files/drive", handler),
  "app.use as the handler": (app, guard, handler) => app.use("/files/drive", guard, handler),
  "a route's chain": (app, guard, handler) => app.route("/files/drive").all(guard).get(handler).post(handler),
  "a parameter": (app, guard, handler) => app.get("/files/:name", guard, handler),
  "a pattern": (app, guard, handler) => app.get(/^\/files\/dri/i, guard, handler),
  "a nested router": (app, guard, handler, express) => app.use("/files", router(express).get("/drive", guard, handler)),
  "a nested router that guards everything": (app, guard, handler, express) =>
    app.use("/files", router(express).use(guard).get("/drive", handler)),
  "a guard where the router is mounted": (app, guard, handler, express) =>
    app.use("/files", guard, router(express).get("/drive", handler)),
  "routers in routers, strict and case-sensitive inside": (app, guard, handler, express) =>
    app.use(
      router(express).use(
        "/files",
        router(express, { strict: true, caseSensitive: true }).use("/drive", guard).get("/drive", handler),
      ),
    ),
  "a router below a parameter": (app, guard, handler, express) =>
    app.use("/:folder", router(express, { mergeParams: true }).use("/drive", guard, router(express).use(handler))),
};

describe.each(frameworks)("odd paths on %s", (_name, startApp) => {
  it("S21 for every spelling of the path, the guard runs whenever the handler does", async () => {
    let runs = 0;
    await using attack = await startAttack(startApp, {
      routes: [...ROUTES, { path: "/files/drive", guard: { scopes: [DRIVE] }, handle: () => void (runs += 1) }],
    });
    const targets = spellings("/files/drive");
    expect(await reaching(attack.newBrowser(), targets, () => runs)).toEqual([]);
    await attack.signIn(attack.victim, "/drive");
    const reached = await reaching(attack.victim, targets, () => runs);
    expect(reached).toContain("GET /files/drive");
    expect(reached.length).toBeGreaterThan(3);
  });
});

describe.each(frameworks)("odd paths below a mount path on %s", (_name, startApp) => {
  it("S21 for every spelling of the path, the guard runs whenever the handler does", async () => {
    let runs = 0;
    await using attack = await startAttack(startApp, {
      mountPath: "/google",
      callbackPath: "/google/oauth2callback",
      routes: [{ path: "/google/drive", guard: { scopes: [DRIVE] }, handle: () => void (runs += 1) }],
    });
    const targets = spellings("/google/drive");
    expect(await reaching(attack.newBrowser(), targets, () => runs)).toEqual([]);
    await attack.signIn(attack.victim, "/google/drive");
    const reached = await reaching(attack.victim, targets, () => runs);
    expect(reached).toContain("GET /google/drive");
    expect(reached.length).toBeGreaterThan(3);
  });
});

describe.each(expressVersions)("odd paths and the routers of %s", (_name, express) => {
  it.each(Object.entries(LAYOUTS))("S21 %s: the guard runs whenever the handler does", async (_layout, build) => {
    let runs = 0;
    await using attack = await startExpress(express, (app, { origin, google }) => {
      const redirectUri = `${origin}/oauth2callback`;
      google.addClient({ ...CLIENT, redirectUris: [redirectUri] });
      app.use(googleOAuth({ client: CLIENT, redirectUri, endpoints: google.endpoints }));
      app.get("/me", requireSignIn(), (_req, res) => void res.end("me"));
      const handler: RequestHandler = (_req, res) => {
        runs += 1;
        res.end("drive");
      };
      build(app, requireScopes(DRIVE), handler, express);
    });
    const targets = spellings("/files/drive");
    expect(await reaching(attack.newBrowser(), targets, () => runs)).toEqual([]);

    const user = attack.newBrowser();
    await user.open("/me").then(async ({ location }) => user.open(await attack.google.approve(location)));
    // A user who is signed in without the scope does not pass.
    expect(await reaching(user, targets, () => runs)).toEqual([]);
    const { location } = await user.open(`/authorize?scope=${DRIVE}`);
    expect((await user.open(await attack.google.approve(location))).status).toBe(302);
    const reached = await reaching(user, targets, () => runs);
    expect(reached).toContain("GET /files/drive");
    expect(reached.length).toBeGreaterThan(3);
  });

  it("S21 a mount path in another case has the same guards", async () => {
    let runs = 0;
    await using attack = await startExpress(express, (app, { origin, google }) => {
      const redirectUri = `${origin}/google/oauth2callback`;
      google.addClient({ ...CLIENT, redirectUris: [redirectUri] });
      app.use("/google", googleOAuth({ client: CLIENT, redirectUri, endpoints: google.endpoints }));
      app.get("/google/drive", requireScopes(DRIVE), (_req, res) => void res.end(String((runs += 1))));
    });
    const targets = spellings("/google/drive");
    expect(await reaching(attack.newBrowser(), targets, () => runs)).toEqual([]);
    const user = attack.newBrowser();
    const { location } = await user.open(`/google/authorize?scope=${DRIVE}`);
    await user.open(await attack.google.approve(location));
    const reached = await reaching(user, targets, () => runs);
    expect(reached).toContain("GET /google/drive");
    expect(reached).toContain("GET /GOOGLE/DRIVE");
  });
});
