// koa-session with `autoCommit: false`: no middleware saves the session after the response was made.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { memoryTokenStore } from "@scopegate/core";
import { startEmulator } from "@scopegate/emulator";
import { googleOAuth, requireSignIn } from "@scopegate/koa";
import koa3 from "koa";
import session from "koa-session";
import koa2 from "koa2";
import { describe, expect, it } from "vitest";
import { ADA, CLIENT } from "../harness/app/scenario.ts";
import { RawBrowser } from "../harness/security/browser.ts";

const SAME_ORIGIN = { "Sec-Fetch-Site": "same-origin" };

async function start(Application: typeof koa3) {
  const google = await startEmulator();
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const redirectUri = `${origin}/oauth2callback`;
  google.addClient({ ...CLIENT, redirectUris: [redirectUri], name: "Tests" });
  const store = memoryTokenStore();
  const signInWithGoogle = googleOAuth({ client: CLIENT, redirectUri, endpoints: google.endpoints, store });
  const app = new Application();
  app.keys = ["a session key of the tests"];
  app.use(session({ key: "app", autoCommit: false }, app));
  app.use(signInWithGoogle);
  app.use(async (ctx, next) => {
    if (ctx.path === "/leave") await ctx.state.googleAuth.signOut();
    return next();
  });
  app.use(requireSignIn());
  app.use((ctx) => {
    ctx.body = JSON.stringify(ctx.state.googleAuth.user?.email);
  });
  const handle = app.callback();
  server.on("request", (req, res) => void handle(req, res));
  const browser = new RawBrowser(origin);
  const { location } = await browser.open("/authorize");
  expect((await browser.open(await google.approve(location))).status).toBe(302);
  expect((await browser.call("/")).json).toBe(ADA);
  const contentOfCookie = () => Buffer.from(browser.cookies.get("app") ?? "", "base64").toString();
  expect(contentOfCookie()).toContain(ADA);
  return {
    browser,
    contentOfCookie,
    signOutEverywhere: () => signInWithGoogle.signOutEverywhere(google.users.find(({ email }) => email === ADA)!.sub),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      await google.stop();
    },
  };
}

describe.each([
  ["Koa 3", koa3],
  ["Koa 2", koa2],
] as const)("koa-session with autoCommit off on %s", (_name, Application) => {
  it.each([
    ["POST /signout", "POST", "/signout"],
    ["POST /revoke", "POST", "/revoke"],
    ["signOut() in a handler", "GET", "/leave"],
  ])("S65 is emptied in the browser after %s", async (_way, method, path) => {
    await using app = await start(Application);
    await app.browser.send(method, path, SAME_ORIGIN);
    expect(app.contentOfCookie()).not.toContain(ADA);
    expect((await app.browser.call("/")).status).toBe(401);
  });

  it("S65 is emptied in the browser by a guard that finds a sign-out everywhere", async () => {
    await using app = await start(Application);
    await app.signOutEverywhere();
    expect((await app.browser.call("/")).status).toBe(401);
    expect(app.contentOfCookie()).not.toContain(ADA);
  });
});
