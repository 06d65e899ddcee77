import { memoryTokenStore } from "@scopegate/core";
import { googleOAuth, requireSignIn } from "@scopegate/express";
import type { GoogleOAuth } from "@scopegate/express";
import type { Express } from "express";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { hasMiddleware } from "../harness/app/matrix.ts";
import { ADA, CLIENT, DRIVE, ROUTES, startScenario } from "../harness/app/scenario.ts";
import { Visitor } from "../harness/app/visitor.ts";
import { expressVersions, startExpress } from "../harness/security/express.ts";

describe.each(frameworks)("mounting on %s", (_name, startApp) => {
  it("serves the routes below its mount path, and its own routes too", async () => {
    await using scenario = await startScenario(startApp, {
      mountPath: "/google",
      callbackPath: "/google/oauth2callback",
      routes: [{ path: "/google/drive", guard: { scopes: [DRIVE] }, handle: (auth) => ({ email: auth.user?.email }) }],
    });
    const { app, visitor } = scenario;
    const refused = await visitor.call("/google/drive");
    expect(refused.body.authorizeUrl).toContain(`${app.origin}/google/authorize?`);
    expect((await visitor.walk(refused.body.authorizeUrl as string)).visited[0]).toContain("/auth?");
    expect((await visitor.walk("/google/drive")).response.body).toEqual({ email: ADA });
    expect((await visitor.open("/google/signout")).status).toBe(200);
  });

  it("reports a callback path outside of the mount path", async () => {
    await using scenario = await startScenario(startApp, {
      mountPath: "/google",
      routes: [{ path: "/google/drive", guard: { scopes: [DRIVE] }, handle: () => null }],
    });
    expect((await scenario.visitor.open("/google/drive")).status).toBe(500);
    expect(scenario.app.errors[0]).toBeInstanceOf(TypeError);
    expect(scenario.app.errors[0]!.message).toMatch(/mounted at \/google.*basePath: "\/google"/);
  });

  it("reports a guard outside of the mount path", async () => {
    await using scenario = await startScenario(startApp, {
      mountPath: "/google",
      callbackPath: "/google/oauth2callback",
    });
    expect((await scenario.visitor.open("/drive")).status).toBe(500);
    expect(scenario.app.errors[0]!.message).toMatch(/No googleOAuth\(\) serves this route/);
  });

  it("passes a request that the same instance serves already", async () => {
    await using scenario = await startScenario(startApp, { isMountedTwice: true });
    const { visitor } = scenario;
    expect((await visitor.walk("/drive")).response.body.page).toBe("drive");
    expect((await visitor.open("/signout")).status).toBe(200);
    expect(scenario.app.errors).toEqual([]);
  });

  it("serves its routes below `basePath` when mounted at the root, and guards every path", async () => {
    await using scenario = await startScenario(startApp, {
      callbackPath: "/google/oauth2callback",
      options: { basePath: "/google" },
    });
    const { visitor } = scenario;
    expect((await visitor.walk("/drive")).response.body.page).toBe("drive");
    expect((await visitor.open("/authorize")).status).toBe(404);
    expect((await visitor.open("/google/authorize")).status).toBe(302);
  });

  it("disables and renames routes", async () => {
    await using scenario = await startScenario(startApp, {
      options: { routes: { authorize: false, signOut: "/goodbye" } },
    });
    const { visitor } = scenario;
    expect((await visitor.open("/authorize")).status).toBe(404);
    expect((await visitor.call("/drive")).body).toEqual({ error: "sign_in_required" });
    await visitor.walk("/drive");
    expect((await visitor.open("/goodbye")).status).toBe(200);
    expect((await visitor.open("/signout")).status).toBe(404);
  });

  it("reads and sets nothing on a route that does not use it", async () => {
    await using scenario = await startScenario(startApp, {
      routes: [{ path: "/plain", handle: () => ({ plain: true }) }],
    });
    const response = await scenario.visitor.open("/plain");
    expect(response.body).toEqual({ plain: true });
    expect(response.headers).not.toHaveProperty("set-cookie");
    expect(scenario.app.sessions()).toEqual({});
  });

  it("redirects a visitor on another name of this machine to the host of the redirect URI first", async () => {
    await using scenario = await startScenario(startApp, { options: { store: memoryTokenStore() } });
    const { app, visitor } = scenario;
    const port = new URL(app.origin).port;
    for (const path of ["/drive?x=1", "/authorize?return_to=%2F"]) {
      const response = await visitor.open(path, { Host: `127.0.0.1:${port}` });
      expect(response.headers["location"]).toBe(app.origin + path);
    }
    // Behind a proxy the host may be any, and a redirect could loop.
    expect((await visitor.open("/drive", { Host: "internal:8080" })).headers["location"]).toContain("/auth?");
  });

  it("accepts `return_to` from a script, and only declared scopes", async () => {
    await using scenario = await startScenario(startApp, {
      routes: [...ROUTES],
      options: { returnOrigins: ["https://spa.example"], incrementalScopes: ["https://www.googleapis.com/auth/tasks"] },
    });
    const { visitor } = scenario;
    const walked = await visitor.open(
      "/authorize?return_to=https%3A%2F%2Fspa.example%2Fdone&scope=https://www.googleapis.com/auth/tasks",
    );
    const callback = await visitor.decide(walked.headers["location"] as string);
    expect((await visitor.open(callback)).headers["location"]).toBe("https://spa.example/done");
    const undeclared = await visitor.open("/authorize?scope=https://www.googleapis.com/auth/never.declared");
    expect(undeclared.status).toBe(400);
    expect(undeclared.text).toContain("undeclared_scope");
  });
});

describe.each(frameworks.filter(hasMiddleware))(
  "mounting with session middleware of each kind, or none, on %s",
  (_name, startApp) => {
    it("responds with 503 and runs no handler without a session", async () => {
      await using scenario = await startScenario(startApp, { session: "none" });
      const { app, visitor } = scenario;
      const response = await visitor.open("/drive");
      expect(response.status).toBe(503);
      expect(response.headers["retry-after"]).toBeDefined();
      expect(app.errors[0]).toMatchObject({
        code: "session_unavailable",
        remedy: expect.stringContaining("session middleware"),
      });
    });

    it("works on a session that lives in a cookie", async () => {
      await using scenario = await startScenario(startApp, { session: "cookie" });
      const { google, visitor } = scenario;
      expect((await visitor.walk("/drive")).response.body.page).toBe("drive");
      google.clock.advance(2 * 3600_000);
      const { token } = (await visitor.call("/token")).body;
      expect((await visitor.call("/token")).body.token).toBe(token);
      await visitor.post("/signout", {}, { "Sec-Fetch-Site": "same-origin" });
      expect((await visitor.call("/drive")).body.error).toBe("sign_in_required");
    });

    it("refuses a session cookie that browsers would drop, with a remedy", async () => {
      await using scenario = await startScenario(startApp, { session: "cookie" });
      const access_token = "a".repeat(6000);
      scenario.google.faults.add({ endpoint: "token", transform: (answer) => ({ ...answer, access_token }) });
      const { response } = await scenario.visitor.walk("/drive");
      expect(response.status).toBe(503);
      expect(response.text).toMatch(/the (?:session cookie|sealed session) would have \d+ (?:bytes|characters)/);
      expect((await scenario.visitor.call("/")).body.signedIn).toBe(false);
    });

    it("stops a loop of sign-ins whose session cookie never comes back, and names the usual causes", async () => {
      await using scenario = await startScenario(startApp, { session: "lost" });
      const { response, visits } = await scenario.visitor.walk("/drive");
      expect(response.status).toBe(500);
      expect(response.text).toContain("session_lost");
      expect(response.text).toContain("trust proxy");
      expect(visits).toBeLessThan(6);
    });

    it("shows public pages without a session, as signed out", async () => {
      await using scenario = await startScenario(startApp, { session: "none" });
      expect((await scenario.visitor.call("/")).body).toEqual({ signedIn: false, user: null, scopes: [] });
    });
  },
);

describe.each(expressVersions)("wildcards on %s", (name, express) => {
  const isOld = name === "Express 4";

  /** An app that mounts the middleware, and the middleware of a whole page behind it. */
  function startWildcard(mount: (app: Express, google: GoogleOAuth) => void, callbackPath = "/oauth2callback") {
    return startExpress(express, (app, { origin, google: { addClient, endpoints } }) => {
      addClient({ ...CLIENT, redirectUris: [origin + callbackPath] });
      mount(app, googleOAuth({ client: CLIENT, redirectUri: origin + callbackPath, endpoints }));
      app.use((req, res, next) => {
        requireSignIn()(req, res, (error) => (error ? next(error) : res.json({ email: req.googleAuth.user?.email })));
      });
    });
  }

  it.each(isOld ? ["*", "/*"] : ["/*splat", "/{*path}", /.*/])(
    "mounts at the root for every path: %s",
    async (path) => {
      await using attack = await startWildcard((app, google) => void app.use(path, google));
      const visitor = new Visitor(attack.origin, attack.google);
      for (const page of ["/drive", "/drive/a%20b/?x=1"]) {
        expect((await visitor.call(page)).body.authorizeUrl, page).toBe(`${attack.origin}/authorize`);
      }
      expect((await visitor.walk("/drive/deep?x=1")).response.body).toEqual({ email: ADA });
      expect((await visitor.open("/signout")).status).toBe(200);
    },
  );

  it("mounts at the root for the page above the callback, too", async () => {
    const path = isOld ? "*" : "/*splat";
    await using attack = await startWildcard((app, google) => void app.use(path, google), "/google/oauth2callback");
    const visitor = new Visitor(attack.origin, attack.google);
    expect((await visitor.call("/google")).body.authorizeUrl).toBe(`${attack.origin}/authorize`);
    expect((await visitor.walk("/google")).response.body).toEqual({ email: ADA });
  });

  it("mounts below the path in front of the wildcard, in a router too", async () => {
    const star = isOld ? "*" : "*splat";
    const mounts = [
      (app: Express, google: GoogleOAuth) => void app.use(`/google/${star}`, google),
      (app: Express, google: GoogleOAuth) => void app.use("/google", express.Router().use(`/${star}`, google)),
    ];
    for (const mount of mounts) {
      await using attack = await startWildcard(mount, "/google/oauth2callback");
      const visitor = new Visitor(attack.origin, attack.google);
      expect((await visitor.call("/google/drive")).body.authorizeUrl).toBe(`${attack.origin}/google/authorize`);
      expect((await visitor.walk("/google/drive/deep")).response.body).toEqual({ email: ADA });
      expect((await visitor.open("/google/signout")).status).toBe(200);
    }
  });
});
