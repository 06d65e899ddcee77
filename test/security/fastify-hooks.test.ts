// Hooks of a whole Fastify app. They also run for Scopegate's routes, which are routes of Fastify.
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { startEmulator } from "@scopegate/emulator";
import { googleOAuth, requireSignIn, scopegateSession } from "@scopegate/fastify";
import type { GoogleOAuth } from "@scopegate/fastify";
import Fastify from "fastify";
import type { FastifyInstance, FastifyServerOptions } from "fastify";
import { describe, expect, it } from "vitest";
import { ADA, CLIENT } from "../harness/app/scenario.ts";
import { Visitor } from "../harness/app/visitor.ts";
import { RawBrowser } from "../harness/security/browser.ts";

const KEY = "a session key of the tests, 32 characters";

async function start(build: (app: FastifyInstance, google: GoogleOAuth) => void, options: FastifyServerOptions = {}) {
  const emulator = await startEmulator();
  let server!: Server;
  const app = Fastify({ ...options, serverFactory: (handler) => (server = createServer(handler)) });
  server.listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const redirectUri = `${origin}/oauth2callback`;
  emulator.addClient({ ...CLIENT, redirectUris: [redirectUri] });
  const session = scopegateSession({ keys: [KEY] });
  const google = googleOAuth({ client: CLIENT, redirectUri, endpoints: emulator.endpoints, session });
  await app.register(google);
  build(app, google);
  await app.ready();
  return {
    visitor: new Visitor(origin, emulator),
    browser: new RawBrowser(origin),
    async [Symbol.asyncDispose]() {
      await app.close();
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      await emulator.stop();
    },
  };
}

describe.each(["onRequest", "preHandler"] as const)("a guard in %s of the whole app", (hook) => {
  it("S21 guards every route of the app, and lets the sign-in pass", async () => {
    await using attack = await start((app) => {
      app.addHook(hook, requireSignIn());
      app.get("/secret", (request) => ({ email: request.googleAuth.user?.email }));
    });
    expect((await attack.browser.call("/secret")).status).toBe(401);
    const { response, visits } = await attack.visitor.walk("/secret");
    expect([visits, response.body]).toEqual([1, { email: ADA }]);
    expect((await attack.visitor.open("/signout")).status).toBe(200);
  });

  it("S21 guards every path that is not one of Scopegate's routes, in any spelling", async () => {
    let runs = 0;
    const secret = () => ({ runs: (runs += 1) });
    await using attack = await start(
      (app) => {
        app.addHook(hook, requireSignIn());
        app.setNotFoundHandler(secret);
        app.get("/secret", secret);
      },
      {
        routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
        rewriteUrl: ({ url = "" }) =>
          url === "/revoke?rewritten"
            ? "/secret"
            : url === "/other"
              ? "/signout"
              : url === "/signout?gone"
                ? "/gone"
                : url,
      },
    );
    const targets = [
      "/SIGNOUT",
      "/signout/",
      "//signout",
      "/%73ignout",
      "/other",
      "/revoke?rewritten",
      "/signout?gone",
      "/nowhere",
    ];
    for (const target of targets) expect((await attack.browser.call(target)).status, target).toBe(401);
    expect((await attack.browser.send("PROPFIND", "/signout")).status).toBe(401);
    expect(runs).toBe(0);
  });

  it("S25 of one client also guards the routes of another client", async () => {
    await using attack = await start((app, google) => {
      const session = scopegateSession({ keys: [KEY], name: "other" });
      const redirectUri = "http://localhost:1/other/oauth2callback";
      app.addHook(hook, google.requireSignIn());
      void app.register(googleOAuth({ client: CLIENT, redirectUri, session, name: "other", basePath: "/other" }));
    });
    expect((await attack.browser.call("/other/authorize")).status).toBe(401);
  });
});
