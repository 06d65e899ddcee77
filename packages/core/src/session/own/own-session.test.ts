import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { advance, asynchronous, Browser, clock, KEY, make, visit } from "../../../../../test/harness/session-visits.ts";
import type { SessionOptions } from "../../../../../test/harness/session-visits.ts";
import { createSealer } from "../../seal/sealer.ts";
import { memorySessionStore } from "./memory-session-store.ts";

const OLD_KEY = "the key of last year, at least 32 characters";
const HOUR = 3600_000;

const KINDS: readonly (readonly [string, () => SessionOptions])[] = [
  ["encrypted in its cookie", () => ({})],
  ["in a store", () => ({ store: memorySessionStore({ now: clock }) })],
  ["in an asynchronous store", () => ({ store: asynchronous(memorySessionStore({ now: clock })) })],
];

describe.each(KINDS)("a session %s", (_name, kind) => {
  it("keeps values, and sends a cookie only where a value changes", async () => {
    const [session, browser] = [make(kind()), new Browser()];
    await visit(session, browser, (handle) => handle.delete("user"));
    expect(browser.lines).toEqual([]);
    await visit(session, browser, (handle) => handle.set("user", "ada"));
    expect(browser.lines).toEqual([
      expect.stringMatching(/^__Host-scopegate_session=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=86400; Secure$/),
    ]);
    expect(await visit(session, browser, (handle) => handle.set("user", "ada"))).toEqual({ user: "ada" });
    expect(browser.lines).toEqual([]);
    await visit(session, browser, (handle) => handle.set("cart", ["book"]));
    await visit(session, browser, (handle) => handle.delete("user"));
    expect(await visit(session, browser)).toEqual({ cart: ["book"] });
  });

  it("ends after the idle lifetime, and after the absolute lifetime even where it is used", async () => {
    const [session, idle, busy] = [make(kind()), new Browser(), new Browser()];
    for (const browser of [idle, busy]) await visit(session, browser, (handle) => handle.set("user", "ada"));
    advance(12 * HOUR);
    await visit(session, busy);
    expect(busy.lines).toHaveLength(1);
    advance(HOUR);
    await visit(session, busy);
    expect(busy.lines).toHaveLength(0);
    advance(12 * HOUR);
    expect(await visit(session, idle)).toEqual({});
    expect(await visit(session, busy)).toEqual({ user: "ada" });
    for (let hours = 25; hours < 14 * 24; hours += 12) {
      expect(await visit(session, busy)).toEqual({ user: "ada" });
      advance(12 * HOUR);
    }
    expect(await visit(session, busy)).toEqual({});
  });

  it("keeps all or none of its content under a new ID, and rejects the old ID", async () => {
    const [session, browser] = [make(kind()), new Browser()];
    await visit(session, browser, (handle) => handle.set("cart", ["book"]));
    const planted = browser.copy();
    await visit(session, browser, async (handle) => {
      await handle.regenerate("all");
      handle.set("user", "ada");
      await handle.save();
    });
    expect(await visit(session, planted)).toEqual({});
    expect(await visit(session, browser)).toEqual({ cart: ["book"], user: "ada" });

    const former = browser.copy();
    await visit(session, browser, async (handle) => {
      await handle.regenerate("nothing");
      handle.set("user", "grace");
      await handle.save();
    });
    expect(browser.lines).toHaveLength(1);
    expect(await visit(session, browser)).toEqual({ user: "grace" });
    expect(await visit(session, former)).toEqual({});

    const copy = browser.copy();
    await visit(session, browser, async (handle) => {
      await handle.regenerate("nothing");
      await handle.save();
    });
    expect(browser.cookies.size).toBe(0);
    expect(await visit(session, copy)).toEqual({});
  });

  it("keeps its age under a new ID, where its content is kept", async () => {
    const [session, browser] = [make({ ...kind(), absoluteLifetime: 24 * HOUR }), new Browser()];
    await visit(session, browser, (handle) => handle.set("user", "ada"));
    advance(23 * HOUR);
    await visit(session, browser, async (handle) => handle.regenerate("all"));
    expect(await visit(session, browser)).toEqual({ user: "ada" });
    advance(2 * HOUR);
    expect(await visit(session, browser)).toEqual({});
  });

  it("accepts cookies of older keys, makes cookies with the newest key, and rejects cookies of a removed key", async () => {
    const options = kind();
    const browser = new Browser();
    await visit(make({ ...options, keys: [OLD_KEY] }), browser, (handle) => handle.set("user", "ada"));
    const rotated = make({ ...options, keys: [KEY, OLD_KEY] });
    expect(await visit(rotated, browser)).toEqual({ user: "ada" });
    expect(await visit(make(options), browser)).toEqual({});
    await visit(rotated, browser, async (handle) => handle.regenerate("all"));
    expect(await visit(make(options), browser)).toEqual({ user: "ada" });
  });

  it("S38 rejects cookies of another session name, texts encrypted for another purpose, and altered cookies", async () => {
    const options = kind();
    const session = make(options);
    const browser = new Browser();
    await visit(make({ ...options, name: "other" }), browser, (handle) => handle.set("user", "ada"));
    const value = browser.cookies.get("__Host-other")!;
    const content = JSON.stringify({ id: "x", createdAt: clock(), usedAt: clock(), content: { user: "ada" } });
    const grant = createSealer([Buffer.from(KEY)], "session grant app googleAuth").seal(content, "");
    const mine = new Browser();
    await visit(session, mine, (handle) => handle.set("user", "ada"));
    const real = mine.cookies.get("__Host-scopegate_session")!;
    const altered = `${real.slice(0, 20)}${real[20] === "A" ? "B" : "A"}${real.slice(21)}`;
    for (const forged of [value, grant, altered, `2~${real}`, "9~x", "~", ".", "v1..", real.slice(0, -2), ""]) {
      const thief = new Browser();
      thief.cookies.set("__Host-scopegate_session", forged);
      expect(await visit(session, thief), forged).toEqual({});
    }
    // The session's cookie does not decrypt as a grant either.
    expect(createSealer([Buffer.from(KEY)], "session grant app googleAuth").open(real, "")).toHaveProperty("failure");
  });

  it("shows no key and no content where it is inspected or serialized", async () => {
    const session = make(kind());
    const browser = new Browser();
    await visit(session, browser, (handle) => {
      handle.set("user", "ada");
      expect(inspect([session, handle], { depth: 9, showHidden: true })).not.toMatch(/ada|the key/);
      expect(JSON.stringify([session, handle])).not.toMatch(/ada|the key/);
    });
  });
});

describe("the options of scopegateSession and memorySessionStore", () => {
  it.each([
    [{ keys: undefined }, /`keys` is missing/],
    [{ keys: [] }, /`keys` is missing/],
    [{ keys: ["short"] }, /key 0 of `keys`.*32/],
    [{ keys: KEY }, /`keys` must be an array/],
    [{ store: {} }, /`store`.*get\(\)/],
    [{ name: "a b" }, /`name`/],
    [{ idleLifetime: 10 }, /`idleLifetime`.*milliseconds/],
    [{ absoluteLifetime: Number.NaN }, /`absoluteLifetime`/],
    [{ now: 5 }, /`now`/],
    [{ maxAge: 5 }, /unknown option `maxAge`/],
  ])("%o throw a TypeError that names the option", (wrong, message) => {
    expect(() => make(wrong as never)).toThrow(TypeError);
    expect(() => make(wrong as never)).toThrow(message);
  });

  it("reject a `maxSessions` of 0", () => {
    expect(() => memorySessionStore({ maxSessions: 0 })).toThrow(/maxSessions/);
  });
});
