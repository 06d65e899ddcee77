// Scopegate's own session in place of session middleware, on every framework.
import { memorySessionStore, scopegateSession } from "@scopegate/core";
import type { ScopegateOptions, ScopegateSessionOptions, SessionRecordStore } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import type { StartApp } from "../harness/app.ts";
import { frameworks } from "../harness/frameworks.ts";
import { ADA, DRIVE, startScenario } from "../harness/scenario.ts";
import { startAttack } from "../harness/security-attack.ts";

const GRACE = "grace@workspace.example";
const KEY = "a session key of the tests, 32 characters";
const SAME_ORIGIN = { "Sec-Fetch-Site": "same-origin" };
const HOUR = 3600_000;

/** A store that answers in its own time, as a database does. */
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
  ["in a store that takes its time", () => ({ store: slowStore() })],
];

/** Without session middleware. */
function own(session: Partial<ScopegateSessionOptions>, options: ScopegateOptions = {}) {
  return {
    session: "none",
    options: { ...options, session: scopegateSession({ keys: [KEY], ...session }) },
  } as const;
}

const cookiesOf = (headers: object): string[] => (headers as Record<string, string[] | undefined>)["set-cookie"] ?? [];
const sessionCookiesOf = (headers: object) => cookiesOf(headers).filter((line) => line.includes("scopegate_session"));

/** The adapters that ask core for the session: each joins as it is wired. */
const wired = frameworks.filter(([name]) => /^(Express|Koa)/.test(name));

describe.each(wired)("a session of our own on %s", (_name, startApp: StartApp) => {
  describe.each(KINDS)("%s", (_kind, make) => {
    it("signs in, comes back to the page, and goes on", async () => {
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

    it("keeps a token that was refreshed", async () => {
      await using scenario = await startScenario(startApp, own(make()));
      const { visitor, google } = scenario;
      await visitor.walk("/drive");
      google.clock.advance(2 * HOUR);
      const first = (await visitor.call("/token")).body as { token: string };
      const second = (await visitor.call("/token")).body as { token: string };
      expect(first.token).toMatch(/^ya29\./);
      expect(second).toEqual(first);
    });

    it("writes nothing for who is not signed in, and nothing where nothing changed", async () => {
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

    it("S16 is over after sign-out, for a copy of the cookie too", async () => {
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

    it("S16 changes its id with its user, and the old one yields nothing", async () => {
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
});
