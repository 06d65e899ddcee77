// The renewed cookie of an own session must not go out on a response that a shared cache gives to other users.
import { memorySessionStore, scopegateSession } from "@scopegate/core";
import type { ScopegateSessionOptions, SessionRecord } from "@scopegate/core";
import { startEmulator } from "@scopegate/emulator";
import { describe, expect, it } from "vitest";
import { CLIENT } from "../harness/app/scenario.ts";
import { RawBrowser } from "../harness/security/browser.ts";
import type { RawResponse } from "../harness/security/browser.ts";
import { cachedPages } from "../harness/security/cached-pages.ts";

const KEY = "a session key of the tests, 32 characters";
const HOUR = 3600_000;

/** A store that responds later, as a database does, and notes what is written. */
function databaseStore() {
  const store = memorySessionStore();
  const written: SessionRecord[] = [];
  return {
    written,
    store: {
      get: async (key: string) => store.get(key),
      async set(key: string, record: SessionRecord, options: Parameters<typeof store.set>[2]) {
        written.push(record);
        store.set(key, record, options);
      },
      delete: async (key: string) => store.delete(key),
    },
  };
}

const KINDS: readonly (readonly [name: string, make: () => Partial<ScopegateSessionOptions>])[] = [
  ["in an asynchronous store", () => ({ store: databaseStore().store })],
  ["in a synchronous store", () => ({ store: memorySessionStore() })],
  ["in its cookie", () => ({})],
];

const sessionLines = ({ headers }: RawResponse): string[] =>
  (headers["set-cookie"] ?? []).filter((line) => line.startsWith("scopegate_session"));

type Start = (typeof cachedPages)[number][1];

/** A signed-in browser, and a clock that the sessions have. */
async function signedIn(start: Start, options: Partial<ScopegateSessionOptions>) {
  const google = await startEmulator();
  let offset = 0;
  const session = scopegateSession({ keys: [KEY], now: () => Date.now() + offset, ...options });
  const app = await start((origin) => {
    const redirectUri = `${origin}/oauth2callback`;
    google.addClient({ ...CLIENT, redirectUris: [redirectUri], name: "Tests" });
    return { client: CLIENT, redirectUri, endpoints: google.endpoints, session, now: () => google.clock.now() };
  });
  const browser = new RawBrowser(app.origin);
  const { location } = await browser.open("/authorize");
  const { status, headers } = await browser.open(await google.approve(location));
  expect(status).toBe(302);
  expect(headers["set-cookie"]?.join()).toContain("scopegate_session=");
  return {
    browser,
    advance(milliseconds: number) {
      offset += milliseconds;
      google.clock.advance(milliseconds);
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await google.stop();
    },
  };
}

const withHeaders = (path: string, headers: Record<string, string>) =>
  `${path}?${new URLSearchParams(headers).toString()}`;

describe.each(cachedPages)("on %s", (framework, start) => {
  describe.each(KINDS)("a session %s", (_kind, make) => {
    it("S69 is not renewed by a response that does not use it", async () => {
      await using visit = await signedIn(start, make());
      const { browser, advance } = visit;
      advance(4 * HOUR);
      const paths = ["/asset", withHeaders("/asset", { "Cache-Control": "public, max-age=600" })];
      if (framework.startsWith("Express")) paths.push("/files/cached-pages.ts");
      for (const path of paths) {
        const response = await browser.call(path);
        expect([response.status, sessionLines(response)]).toEqual([200, []]);
      }
      // A page that uses the session renews it, once.
      const page = await browser.call("/page");
      expect([page.text, sessionLines(page).length]).toEqual(["true", 1]);
      expect(sessionLines(page)[0]).toContain("Max-Age=86400");
      expect(sessionLines(await browser.call("/page"))).toEqual([]);
      // The renewal counts: the session lives for a day from then on.
      advance(23 * HOUR);
      expect((await browser.call("/page")).text).toBe("true");
    });

    it.each([
      { "Cache-Control": "public, max-age=600" },
      { "cache-control": "max-age=0, S-MAXAGE=600" },
      { "CDN-Cache-Control": "max-age=600", "Cache-Control": "no-cache" },
    ])("S69 sends no renewed cookie to shared caches: %j", async (headers) => {
      await using visit = await signedIn(start, make());
      const { browser, advance } = visit;
      advance(4 * HOUR);
      const response = await browser.call(withHeaders("/page", headers));
      expect([response.status, response.text, sessionLines(response)]).toEqual([200, "true", []]);
    });

    it("S69 sends no changed session to shared caches, but the end of a session to every browser", async () => {
      await using visit = await signedIn(start, make());
      const { browser, advance } = visit;
      const shared = { "Cache-Control": "public, max-age=600" };
      // The token has expired. It is refreshed, and the session would keep the new one.
      advance(2 * HOUR);
      const page = await browser.call(withHeaders("/token", shared));
      expect([page.status, sessionLines(page)]).toEqual([200, []]);
      expect(page.text).toMatch(/^ya29\./);
      // The next page that is for this browser alone makes up for it.
      expect((await browser.call("/token")).text).toMatch(/^ya29\./);
      const leave = await browser.call(withHeaders("/leave", shared));
      expect(sessionLines(leave).join()).toContain("Max-Age=0");
      expect((await browser.call("/page")).text).toBe("false");
    });

    it.each([{ "Cache-Control": "private, max-age=600" }, { "Cache-Control": "no-store" }, {}])(
      "S69 sends the renewed cookie to the browser alone: %j",
      async (headers) => {
        await using visit = await signedIn(start, make());
        const { browser, advance } = visit;
        advance(4 * HOUR);
        const response = await browser.call(withHeaders("/page", headers));
        expect([response.text, sessionLines(response).length]).toEqual(["true", 1]);
      },
    );
  });
});

it("S69 writes nothing to the store for a response that does not use the session", async () => {
  const { store, written } = databaseStore();
  await using visit = await signedIn(cachedPages[0]![1], { store });
  visit.advance(4 * HOUR);
  const before = written.length;
  await visit.browser.call("/asset");
  expect(written.length).toBe(before);
  await visit.browser.call("/page");
  await expect.poll(() => written.length).toBe(before + 1);
});
