// Sessions on which the app, or a middleware of its own, has put something in front of what the session middleware does.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startEmulator } from "@scopegate/emulator";
import type { Emulator } from "@scopegate/emulator";
import { googleOAuth, requireSignIn } from "@scopegate/express";
import cookieSession from "cookie-session";
import type { RequestHandler } from "express";
import session from "express-session";
import { describe, expect, it } from "vitest";
import { CLIENT } from "../harness/app/scenario.ts";
import { RawBrowser } from "../harness/security/browser.ts";
import { expressVersions } from "../harness/security/express.ts";

type Content = Record<string, unknown>;
type Carrier = { session: Content };
const SAME_ORIGIN = { "Sec-Fetch-Site": "same-origin" };
const ADA = "ada@example.com";
const GRACE = "grace@workspace.example";

const done = (callback: () => void) => callback();
/** The lines that users of passport paste for sessions without these methods. */
const passportStub: RequestHandler = (req, _res, next) => {
  Object.assign((req as unknown as Carrier).session, { regenerate: done, save: done });
  next();
};
/** Only one of these methods. With an empty `save`, express-session itself would store nothing. */
const regenerateStub: RequestHandler = (req, _res, next) => {
  Object.assign((req as unknown as Carrier).session, { regenerate: done });
  next();
};
/** Both on the prototype, so that no session has the methods as its own properties. */
const prototypeStub: RequestHandler = (req, _res, next) => {
  Object.assign(Object.getPrototypeOf((req as unknown as Carrier).session) as object, { regenerate: done, save: done });
  next();
};
/** Middleware that replaces the session on each request, which makes a new one of it in the eyes of cookie-session. */
const replaced: RequestHandler = (req, _res, next) => {
  const carrier = req as unknown as Carrier;
  carrier.session = { ...carrier.session };
  next();
};
const inCookie = (): RequestHandler => cookieSession({ name: "app", keys: ["a session key of the tests"] });
const onServer = (): RequestHandler =>
  session({ secret: "a session secret of the tests", resave: false, saveUninitialized: false });

/** One process of an app: its middleware before Scopegate decides about the session. */
async function startProcess(express: (typeof expressVersions)[number][1], google: Emulator, before: RequestHandler[]) {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const redirectUri = `${origin}/oauth2callback`;
  const client = google.clients.find(({ clientId }) => clientId === CLIENT.clientId);
  google.addClient({ ...CLIENT, name: "Tests", redirectUris: [...(client?.redirectUris ?? []), redirectUri] });
  const app = express();
  app.use(...before);
  app.use(googleOAuth({ client: CLIENT, redirectUri, endpoints: google.endpoints }));
  const of = (req: unknown) => (req as Carrier).session;
  app.get("/me", requireSignIn(), (req, res) => void res.json(req.googleAuth.user?.email));
  app.get("/fill", (req, res) => void res.json((of(req)["cart"] = "book")));
  app.get("/fill/large", (req, res) => void res.json(((of(req)["cart"] = "book".repeat(1000)), null)));
  app.get("/cart", (req, res) => void res.json(of(req)["cart"] ?? "empty"));
  app.get("/leave", (req, res, next) => void req.googleAuth.signOut().then(() => res.json(null), next));
  server.on("request", app);
  return {
    origin,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function signIn(google: Emulator, browser: RawBrowser, user: string): Promise<number> {
  const { location } = await browser.open("/authorize?prompt=select_account");
  let response = await browser.open(await google.approve(location, { user }));
  if (response.location.startsWith(google.url)) {
    response = await browser.open(await google.approve(response.location, { user }));
  }
  return response.status;
}

function sameBrowser(browser: RawBrowser, origin: string): RawBrowser {
  const same = new RawBrowser(origin);
  for (const [name, value] of browser.cookies) same.cookies.set(name, value);
  return same;
}

const KINDS: readonly (readonly [name: string, before: () => RequestHandler[]])[] = [
  ["cookie-session with passport's stub", () => [inCookie(), passportStub]],
  ["cookie-session with the stub on its prototype", () => [inCookie(), prototypeStub]],
  ["cookie-session that earlier middleware replaced", () => [inCookie(), replaced]],
  ["cookie-session that was replaced and has the stub", () => [inCookie(), replaced, passportStub]],
];

describe.each(expressVersions)("on %s", (_version, express) => {
  describe.each(KINDS)("%s", (_name, before) => {
    it.each([
      ["POST /signout", (browser: RawBrowser) => browser.post("/signout", {}, SAME_ORIGIN)],
      ["POST /revoke", (browser: RawBrowser) => browser.post("/revoke", {}, SAME_ORIGIN)],
      ["signOut() in a handler", (browser: RawBrowser) => browser.call("/leave")],
    ])("S66 is emptied after %s, for a second process too", async (_way, end) => {
      await using google = await startEmulator();
      await using first = await startProcess(express, google, before());
      await using second = await startProcess(express, google, before());
      const browser = new RawBrowser(first.origin);
      expect(await signIn(google, browser, ADA)).toBe(302);
      await browser.call("/fill");
      expect((await sameBrowser(browser, second.origin).call("/me")).json).toBe(ADA);
      expect((await end(browser)).headers["set-cookie"]?.join()).toContain("app=");
      const after = sameBrowser(browser, second.origin);
      expect((await after.call("/me")).status).toBe(401);
      expect((await after.call("/cart")).json).toBe("empty");
    });

    it("S66 shows the next user nothing of the former user", async () => {
      await using google = await startEmulator();
      await using first = await startProcess(express, google, before());
      const browser = new RawBrowser(first.origin);
      await signIn(google, browser, ADA);
      await browser.call("/fill");
      await signIn(google, browser, GRACE);
      expect((await browser.call("/me")).json).toBe(GRACE);
      expect((await browser.call("/cart")).json).toBe("empty");
    });

    it("S66 refuses a sign-in whose cookie would be too large, instead of losing it", async () => {
      await using google = await startEmulator();
      await using first = await startProcess(express, google, before());
      const browser = new RawBrowser(first.origin);
      // The app's own content alone fills the cookie. This test's browser keeps it, as no real one does.
      await browser.call("/fill/large");
      expect(await signIn(google, browser, ADA)).toBe(503);
    });
  });

  it("S66 gets a new ID on express-session, though the app put an empty method in front of its own", async () => {
    await using google = await startEmulator();
    await using first = await startProcess(express, google, [onServer(), regenerateStub]);
    const browser = new RawBrowser(first.origin);
    await browser.call("/fill");
    const planted = browser.clone();
    await signIn(google, browser, ADA);
    expect((await browser.call("/me")).json).toBe(ADA);
    expect((await browser.call("/cart")).json).toBe("book");
    expect((await planted.call("/me")).status).toBe(401);
    const old = browser.clone();
    await signIn(google, browser, GRACE);
    expect((await browser.call("/cart")).json).toBe("empty");
    expect((await old.call("/me")).status).toBe(401);
  });
});
