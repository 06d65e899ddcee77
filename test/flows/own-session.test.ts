// Scopegate's own session in place of session middleware, on every framework.
import { memorySessionStore, scopegateSession } from "@scopegate/core";
import type { ScopegateOptions, ScopegateSessionOptions, SessionRecordStore } from "@scopegate/core";
import { googleOAuth } from "@scopegate/express";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { hasMiddleware } from "../harness/app/matrix.ts";
import { ADA, DRIVE, startScenario } from "../harness/app/scenario.ts";
import type { StartApp } from "../harness/app/test-app.ts";
import { startAttack } from "../harness/security/attack.ts";
import { RawBrowser } from "../harness/security/browser.ts";
import { expressVersions, startExpress } from "../harness/security/express.ts";
import { startTwin } from "../harness/security/twin.ts";

const GRACE = "grace@workspace.example";
const KEY = "a session key of the tests, 32 characters";
const SAME_ORIGIN = { "Sec-Fetch-Site": "same-origin" };
const HOUR = 3600_000;

/** A store that responds later, as a database does. */
function slowStore(store: SessionRecordStore = memorySessionStore()): SessionRecordStore {
  const later = async <T>(value: T): Promise<Awaited<T>> => {
    await new Promise((resolve) => setImmediate(resolve));
    return await value;
  };
  return {
    get: async (key) => later(store.get(key)),
    set: async (key, record, options) => later(store.set(key, record, options)),
    delete: async (key) => later(store.delete(key)),
  };
}

const KINDS: readonly (readonly [kind: string, make: () => Partial<ScopegateSessionOptions>])[] = [
  ["in a sealed cookie", () => ({})],
  ["in a store", () => ({ store: memorySessionStore() })],
  ["in a slow store", () => ({ store: slowStore() })],
];

/** An app with an own session and without session middleware. */
function own(session: Partial<ScopegateSessionOptions>, options: ScopegateOptions = {}) {
  return {
    session: "none",
    options: { ...options, session: scopegateSession({ keys: [KEY], ...session }) },
  } as const;
}

const cookiesOf = (headers: object): string[] => (headers as Record<string, string[] | undefined>)["set-cookie"] ?? [];
const sessionCookiesOf = (headers: object) => cookiesOf(headers).filter((line) => line.includes("scopegate_session"));

// Each test sets its own session, so that the cells with an own session would only repeat it.
describe.each(frameworks.filter(hasMiddleware))("an own session on %s", (_name, startApp: StartApp) => {
  describe.each(KINDS)("%s", (_kind, make) => {
    it("keeps the sign-in and later scopes", async () => {
      await using scenario = await startScenario(startApp, own(make()));
      const { visitor } = scenario;
      const { response, visits } = await visitor.walk("/drive");
      expect(visits).toBe(1);
      expect(response.body).toEqual({ page: "drive", email: ADA });
      expect((await visitor.walk("/calendar")).visits).toBe(1);
      const { body } = await visitor.call("/");
      expect(body).toMatchObject({ signedIn: true, user: { email: ADA } });
      expect((body as { scopes: string[] }).scopes).toContain(DRIVE);
    });

    it("keeps a refreshed token", async () => {
      await using scenario = await startScenario(startApp, own(make()));
      const { visitor, google } = scenario;
      await visitor.walk("/drive");
      google.clock.advance(2 * HOUR);
      const first = (await visitor.call("/token")).body as { token: string };
      const second = (await visitor.call("/token")).body as { token: string };
      expect(first.token).toMatch(/^ya29\./);
      expect(second).toEqual(first);
    });

    it("sets no cookie without a sign-in, and none without a change", async () => {
      await using scenario = await startScenario(startApp, own(make()));
      const { visitor } = scenario;
      for (const path of ["/", "/me", "/drive"]) {
        expect(sessionCookiesOf((await visitor.open(path)).headers)).toEqual([]);
        expect(sessionCookiesOf((await visitor.call(path)).headers)).toEqual([]);
      }
      await visitor.walk("/drive");
      for (const path of ["/", "/me", "/drive", "/token"]) {
        expect(cookiesOf((await visitor.call(path)).headers)).toEqual([]);
      }
    });

    it("S16 ends at sign-out, also for a copy of the cookie", async () => {
      await using attack = await startAttack(startApp, own(make()));
      const { victim } = attack;
      await attack.signIn();
      expect((await victim.call("/me")).json["email"]).toBe(ADA);
      const copy = victim.clone();
      expect((await victim.post("/signout", {}, SAME_ORIGIN)).status).toBe(303);
      for (const browser of [victim, copy]) {
        expect((await browser.call("/me")).status).toBe(401);
        expect((await browser.call("/")).json).toMatchObject({ signedIn: false });
        expect((await browser.call("/token")).text).not.toContain("ya29.");
      }
      await attack.signIn();
      expect((await victim.call("/me")).json["email"]).toBe(ADA);
      expect((await copy.call("/me")).status).toBe(401);
    });

    it("S16 gets a new ID with a new user, and the old ID opens nothing", async () => {
      await using attack = await startAttack(startApp, own(make()));
      const { victim } = attack;
      await attack.signIn();
      const old = victim.clone();
      await attack.signIn(victim, "/authorize?prompt=select_account", { user: GRACE });
      expect((await victim.call("/me")).json["email"]).toBe(GRACE);
      expect((await old.call("/me")).status).toBe(401);
      expect((await old.call("/token")).text).not.toContain("ya29.");
    });
  });

  it("works in several processes with one store, and ends in all of them at once", async () => {
    const store = slowStore();
    await using attack = await startAttack(startApp, own({ store }));
    await attack.signIn(attack.victim, "/authorize?scope=" + encodeURIComponent(DRIVE));
    await using twin = await startTwin(startApp, attack, own({ store }).options);
    const elsewhere = carry(attack.victim, twin.app.origin);
    expect((await elsewhere.call("/drive")).json["email"]).toBe(ADA);
    attack.google.clock.advance(2 * HOUR);
    const refreshed = (await elsewhere.call("/token")).json["token"];
    expect((await attack.victim.call("/token")).json["token"]).toBe(refreshed);
    await attack.victim.post("/signout", {}, SAME_ORIGIN);
    expect((await elsewhere.call("/drive")).status).toBe(401);
  });

  it("sealed in a cookie works in several processes, and a copy stays valid in another process until it expires", async () => {
    await using attack = await startAttack(startApp, own({}));
    await attack.signIn();
    let now = Date.now();
    await using twin = await startTwin(startApp, attack, own({ now: () => now }).options);
    const elsewhere = carry(attack.victim, twin.app.origin);
    await attack.victim.post("/signout", {}, SAME_ORIGIN);
    // As documented, only a session in a store can be ended in all processes.
    expect((await elsewhere.call("/me")).status).toBe(200);
    now += 24 * HOUR;
    expect((await elsewhere.call("/me")).status).toBe(401);
  });

  it.each(KINDS)("%s survives a rotation of its keys, but not the removal of its key", async (_kind, make) => {
    const session = make();
    await using attack = await startAttack(startApp, own(session));
    await attack.signIn();
    const NEW_KEY = "next year's session key, 32 characters";
    for (const [keys, status] of [
      [[NEW_KEY, KEY], 200],
      [[NEW_KEY], 401],
    ] as const) {
      await using twin = await startTwin(startApp, attack, own({ ...session, keys }).options);
      expect((await carry(attack.victim, twin.app.origin).call("/me")).status).toBe(status);
    }
  });

  it("S38 does not open the cookie of an attempt, and an attempt does not open the cookie of a session", async () => {
    await using attack = await startAttack(startApp, own({}, { encryptionKeys: [KEY] }));
    const { callback } = await attack.begin();
    const [[name, attempt] = ["", ""]] = attack.victim.cookies;
    const thief = attack.newBrowser();
    thief.cookies.set("scopegate_session", attempt);
    expect((await thief.call("/me")).status).toBe(401);
    await attack.signIn();
    const forger = attack.newBrowser();
    forger.cookies.set(name, attack.victim.cookies.get("scopegate_session")!);
    expect((await forger.open(callback.href)).status).toBe(400);
  });

  it("in cookies holds long tokens, and refuses a sign-in whose tokens are too long", async () => {
    await using attack = await startAttack(startApp, own({}));
    const { victim, google } = attack;
    let length = 2_000;
    google.faults.add({
      endpoint: "token",
      times: Infinity,
      transform: (body: object) => ({ ...body, access_token: `ya29.${"x".repeat(length)}` }),
    });
    await attack.signIn();
    expect([...victim.cookies.keys()].filter((name) => name.startsWith("scopegate_session"))).toHaveLength(2);
    expect((await victim.call("/token")).text).toContain("x".repeat(length));
    await victim.post("/signout", {}, SAME_ORIGIN);
    expect([...victim.cookies.keys()].filter((name) => name.startsWith("scopegate_session"))).toEqual([]);

    length = 6_000;
    const { callback } = await attack.begin(victim, "/authorize?prompt=consent");
    expect((await victim.open(callback.href)).status).toBe(503);
    expect((await victim.call("/me")).status).toBe(401);
  });

  it("S22 with a failing store blocks guarded pages, and public pages work", async () => {
    const store = slowStore();
    let isDown = false;
    const failing: SessionRecordStore = {
      ...store,
      get: async (key) => {
        if (isDown) throw new Error("down");
        return store.get(key);
      },
    };
    await using attack = await startAttack(startApp, own({ store: failing }));
    await attack.signIn();
    isDown = true;
    expect((await attack.victim.call("/me")).status).toBe(503);
    expect((await attack.victim.open("/authorize")).status).toBe(503);
    expect((await attack.victim.call("/")).json).toMatchObject({ signedIn: false });
    isDown = false;
    expect((await attack.victim.call("/me")).status).toBe(200);
  });
});

describe.each(expressVersions)("one session of two instances on %s", (_name, version) => {
  it.each(KINDS)("%s keeps both sign-ins apart, and signing out of one ends both", async (_kind, make) => {
    const names = ["staff", "shop"] as const;
    await using attack = await startExpress(version, (app, { origin, google }) => {
      const session = scopegateSession({ keys: [KEY], ...make() });
      for (const name of names) {
        const client = { clientId: `${name}.apps.googleusercontent.com`, clientSecret: `GOCSPX-the-secret-of-${name}` };
        const redirectUri = `${origin}/${name}/oauth2callback`;
        google.addClient({ ...client, redirectUris: [redirectUri] });
        const { endpoints } = google;
        const instance = googleOAuth({ client, redirectUri, endpoints, name, basePath: `/${name}`, session });
        app.use(instance);
        app.get(`/${name}/me`, instance.requireSignIn(), (_req, res) => void res.json({ name }));
      }
    });
    const browser = attack.newBrowser();
    const signIn = async (name: string) => {
      const { location } = await browser.open(`/${name}/authorize`);
      const response = await browser.open(await attack.google.approve(location));
      // Two sign-ins need two cookies where the session is sealed. Each is sent once.
      const sent = sessionCookiesOf(response.headers).map((line) => line.slice(0, line.indexOf("=")));
      expect(sent).toContain("scopegate_session");
      expect(sent).toEqual([...new Set(sent)]);
    };
    await signIn("staff");
    expect((await browser.call("/shop/me")).status).toBe(401);
    await signIn("shop");
    const copy = browser.clone();
    for (const name of names) expect((await copy.call(`/${name}/me`)).json).toEqual({ name });
    await browser.post("/staff/signout", {}, SAME_ORIGIN);
    for (const name of names) {
      expect((await browser.call(`/${name}/me`)).status).toBe(401);
      expect((await copy.call(`/${name}/me`)).status).toBe(401);
    }
  });
});

/** A browser with the same cookies at another address. Cookies do not depend on the port. */
function carry(browser: RawBrowser, origin: string): RawBrowser {
  const carried = new RawBrowser(origin);
  for (const [name, value] of browser.cookies) carried.cookies.set(name, value);
  return carried;
}
