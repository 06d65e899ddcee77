import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { AuthError } from "../errors.ts";
import type { RequestView } from "../http.ts";
import { withCookie } from "../node-response.ts";
import { createSealer } from "../seal.ts";
import { scopegateSession } from "./own-session.ts";
import type { ScopegateSession, ScopegateSessionOptions } from "./own-session.ts";
import { memorySessionStore } from "./record-store.ts";
import type { SessionRecordStore } from "./record-store.ts";

const KEY = "the key of this year, at least 32 characters";
const OLD_KEY = "the key of last year, at least 32 characters";
const HOUR = 3600_000;

let now = Date.parse("2026-01-01T00:00:00Z");
const clock = () => now;

/** A browser: it keeps cookies as they come, and sends them with each request. */
class Browser {
  cookies = new Map<string, string>();
  lines: string[] = [];

  request(options: { headersSent?: boolean } = {}): RequestView {
    this.lines = [];
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return {
      method: "GET",
      url: "/",
      mountPath: "",
      header: (name) => (name === "cookie" && cookie !== "" ? `other=1; ${cookie}` : undefined),
      session: undefined,
      userId: undefined,
      raw: {},
      body: async () => "",
      appendHeader: (_name, line) => {
        this.lines = withCookie(this.lines, line);
      },
      headersSent: options.headersSent ?? false,
    };
  }

  /** The response arrives. */
  receive(): void {
    for (const line of this.lines) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (line.includes("Max-Age=0")) this.cookies.delete(name!);
      else this.cookies.set(name!, value!);
    }
  }

  copy(): Browser {
    const copy = new Browser();
    copy.cookies = new Map(this.cookies);
    return copy;
  }
}

/** One request: what it finds, what it does, and its response. */
async function visit(
  session: ScopegateSession,
  browser: Browser,
  work: (handle: NonNullable<ReturnType<ScopegateSession["of"]>>) => unknown = () => undefined,
  options?: { headersSent: boolean },
): Promise<Record<string, unknown>> {
  const request = browser.request(options);
  await session.load(request, true);
  const handle = session.of(request, true)!;
  await work(handle);
  await new Promise((resolve) => setImmediate(resolve));
  browser.receive();
  return Object.fromEntries(
    ["user", "cart"].map((key) => [key, handle.get(key)]).filter(([, value]) => value !== undefined),
  );
}

function asynchronous(store: SessionRecordStore): SessionRecordStore {
  return {
    get: async (key) => store.get(key),
    set: async (key, record, options) => store.set(key, record, options),
    delete: async (key) => store.delete(key),
  };
}

type Options = Partial<ScopegateSessionOptions>;
const make = (options: Options = {}) => scopegateSession({ keys: [KEY], now: clock, ...options });

const KINDS: readonly (readonly [string, () => Options])[] = [
  ["sealed in its cookie", () => ({})],
  ["in a store", () => ({ store: memorySessionStore({ now: clock }) })],
  ["in an asynchronous store", () => ({ store: asynchronous(memorySessionStore({ now: clock })) })],
];

describe.each(KINDS)("a session %s", (_name, kind) => {
  it("keeps values, and writes nothing unless one changes", async () => {
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

  it("ends when it is not used, and some day in any case", async () => {
    const [session, idle, busy] = [make(kind()), new Browser(), new Browser()];
    for (const browser of [idle, busy]) await visit(session, browser, (handle) => handle.set("user", "ada"));
    now += 12 * HOUR;
    await visit(session, busy);
    expect(busy.lines).toHaveLength(1);
    now += HOUR;
    await visit(session, busy);
    expect(busy.lines).toHaveLength(0);
    now += 12 * HOUR;
    expect(await visit(session, idle)).toEqual({});
    expect(await visit(session, busy)).toEqual({ user: "ada" });
    for (let hours = 25; hours < 14 * 24; hours += 12) {
      expect(await visit(session, busy)).toEqual({ user: "ada" });
      now += 12 * HOUR;
    }
    expect(await visit(session, busy)).toEqual({});
  });

  it("keeps all or nothing under another id, and the old one yields nothing", async () => {
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

  it("takes what older keys made, and writes with the newest; a key that is gone is nobody's", async () => {
    const options = kind();
    const browser = new Browser();
    await visit(make({ ...options, keys: [OLD_KEY] }), browser, (handle) => handle.set("user", "ada"));
    const rotated = make({ ...options, keys: [KEY, OLD_KEY] });
    expect(await visit(rotated, browser)).toEqual({ user: "ada" });
    expect(await visit(make(options), browser)).toEqual({});
    await visit(rotated, browser, async (handle) => handle.regenerate("all"));
    expect(await visit(make(options), browser)).toEqual({ user: "ada" });
  });

  it("S38 takes no cookie of another session, no other sealed artefact, and nothing altered", async () => {
    const options = kind();
    const session = make(options);
    const browser = new Browser();
    await visit(make({ ...options, name: "other" }), browser, (handle) => handle.set("user", "ada"));
    const value = browser.cookies.get("__Host-other")!;
    const content = JSON.stringify({ id: "x", createdAt: now, usedAt: now, content: { user: "ada" } });
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
    // Nor the other way round.
    expect(createSealer([Buffer.from(KEY)], "session grant app googleAuth").open(real, "")).toHaveProperty("failure");
  });

  it("shows no key, and no content, to who inspects it", async () => {
    const session = make(kind());
    const browser = new Browser();
    await visit(session, browser, (handle) => {
      handle.set("user", "ada");
      expect(inspect([session, handle], { depth: 9, showHidden: true })).not.toMatch(/ada|the key/);
      expect(JSON.stringify([session, handle])).not.toMatch(/ada|the key/);
    });
  });
});

describe("a session sealed in its cookie", () => {
  it("is split in two where one cookie is too small, and shrinks again", async () => {
    const [session, browser] = [make(), new Browser()];
    await visit(session, browser, (handle) => handle.set("cart", "x".repeat(4_000)));
    expect([...browser.cookies.keys()]).toEqual(["__Host-scopegate_session", "__Host-scopegate_session.1"]);
    for (const line of browser.lines) expect(line.length).toBeLessThan(4096);
    expect(await visit(session, browser)).toEqual({ cart: "x".repeat(4_000) });
    const half = browser.copy();
    half.cookies.delete("__Host-scopegate_session.1");
    expect(await visit(session, half)).toEqual({});
    await visit(session, browser, (handle) => handle.set("cart", "small"));
    expect([...browser.cookies.keys()]).toEqual(["__Host-scopegate_session"]);
    expect(await visit(session, browser)).toEqual({ cart: "small" });
  });

  it("says so when it would be too large, and stays what it was", async () => {
    const [session, browser] = [make(), new Browser()];
    await visit(session, browser, (handle) => handle.set("cart", "small"));
    await visit(session, browser, async (handle) => {
      handle.set("cart", "x".repeat(8_000));
      const refused = handle.save();
      await expect(refused).rejects.toBeInstanceOf(AuthError);
      await expect(refused).rejects.toMatchObject({ code: "session_unavailable", message: /more than the 7\d\d\d/ });
    });
    expect(browser.lines).toEqual([]);
    expect(await visit(session, browser)).toEqual({ cart: "small" });
  });

  it("warns where a change comes after the response's head", async () => {
    const [session, browser] = [make(), new Browser()];
    const warned = new Promise<Error & { code?: string }>((resolve) => process.once("warning", resolve));
    await visit(session, browser, (handle) => (handle.set("user", "ada"), handle.save()), { headersSent: true });
    expect((await warned).code).toBe("SCOPEGATE_UNSAVED");
    expect(browser.lines).toEqual([]);
  });
});

describe("a session in a store", () => {
  const keysIn = (records: Map<string, unknown>) => [...records.keys()].join();

  function recording() {
    const store = memorySessionStore({ now: clock });
    const records = new Map<string, unknown>();
    const recorded: SessionRecordStore = {
      get: (key) => store.get(key),
      set: (key, record, options) => (records.set(key, record), store.set(key, record, options)),
      delete: (key) => (records.delete(key), store.delete(key)),
    };
    return { records, session: make({ store: recorded }) };
  }

  it("is kept under a hash: the store's keys open nothing", async () => {
    const { records, session } = recording();
    const browser = new Browser();
    await visit(session, browser, (handle) => handle.set("user", "ada"));
    const cookie = browser.cookies.get("__Host-scopegate_session")!;
    expect(records.size).toBe(1);
    expect(cookie).not.toContain(keysIn(records));
    const thief = new Browser();
    thief.cookies.set("__Host-scopegate_session", keysIn(records));
    expect(await visit(session, thief)).toEqual({});
    await visit(session, browser, (handle) => handle.regenerate("nothing"));
    expect(records.size).toBe(0);
  });

  it("keeps what requests at the same time wrote, and is not brought back by a slow one", async () => {
    const session = make({ store: asynchronous(memorySessionStore({ now: clock })) });
    const browser = new Browser();
    await visit(session, browser, (handle) => handle.set("user", "ada"));
    const other = browser.copy();
    await visit(session, browser, async (slow) => {
      await visit(session, other, (handle) => handle.set("cart", ["book"]));
      slow.set("user", "ada l.");
      await slow.save();
    });
    expect(await visit(session, browser)).toEqual({ user: "ada l.", cart: ["book"] });
    await visit(session, other, async (slow) => {
      await visit(session, browser, (handle) => handle.regenerate("nothing"));
      slow.set("user", "ada again");
      await slow.save();
    });
    expect(await visit(session, other)).toEqual({});
  });

  it("is kept though it changes after the response's head", async () => {
    const session = make({ store: memorySessionStore({ now: clock }) });
    const browser = new Browser();
    await visit(session, browser, (handle) => handle.set("user", "ada"));
    await visit(session, browser, (handle) => (handle.set("cart", ["book"]), handle.save()), { headersSent: true });
    expect(await visit(session, browser)).toEqual({ user: "ada", cart: ["book"] });
  });

  it("is nobody's while its store fails, and saving says why", async () => {
    let isDown = false;
    const store = memorySessionStore({ now: clock });
    const failing = (cause: Error): SessionRecordStore => ({
      ...store,
      get: (key) => {
        if (isDown) throw cause;
        return store.get(key);
      },
    });
    const cause = new Error("down");
    for (const kind of [failing(cause), asynchronous(failing(cause))]) {
      isDown = false;
      const session = make({ store: kind });
      const browser = new Browser();
      await visit(session, browser, async (handle) => {
        handle.set("user", "ada");
        await handle.save();
        isDown = true;
        handle.set("cart", ["book"]);
        await expect(handle.save()).rejects.toMatchObject({ code: "session_unavailable", cause });
      });
      const request = browser.request();
      await session.load(request, true);
      expect(session.of(request, true)).toBeUndefined();
    }
  });

  it("is not read before it is asked for, where the store is synchronous", async () => {
    const store = memorySessionStore({ now: clock });
    let reads = 0;
    const get = (key: string) => ((reads += 1), store.get(key));
    const browser = new Browser();
    await visit(make({ store }), browser, (handle) => handle.set("user", "ada"));
    for (const [synchronous, expected] of [
      [true, 0],
      [false, 1],
    ] as const) {
      reads = 0;
      const session = make({ store: { ...store, get, synchronous } });
      const request = browser.request();
      expect(session.load(request, true)).toBeUndefined();
      expect(reads).toBe(expected);
      expect(session.of(request, true)!.get("user")).toBe("ada");
      expect(session.of(request, true)!.get("user")).toBe("ada");
      expect(reads).toBe(1);
    }
  });

  it("gives way to newer ones in memory", async () => {
    const session = make({ store: memorySessionStore({ maxSessions: 2, now: clock }) });
    const browsers = [new Browser(), new Browser(), new Browser()];
    for (const browser of browsers) await visit(session, browser, (handle) => handle.set("user", "ada"));
    const found = [];
    for (const browser of browsers) found.push(await visit(session, browser));
    expect(found).toEqual([{}, { user: "ada" }, { user: "ada" }]);
  });
});

describe("the options of a session", () => {
  it.each([
    [{ keys: undefined }, /`keys` is needed/],
    [{ keys: [] }, /`keys` is needed/],
    [{ keys: ["short"] }, /key 0 of `keys`.*32/],
    [{ keys: KEY }, /`keys` must be an array/],
    [{ store: {} }, /`store`.*get\(\)/],
    [{ name: "a b" }, /`name`/],
    [{ idleLifetime: 10 }, /`idleLifetime`.*milliseconds/],
    [{ absoluteLifetime: Number.NaN }, /`absoluteLifetime`/],
    [{ now: 5 }, /`now`/],
    [{ maxAge: 5 }, /unknown option `maxAge`/],
  ])("%o are a TypeError that names the option", (wrong, message) => {
    expect(() => make(wrong as never)).toThrow(TypeError);
    expect(() => make(wrong as never)).toThrow(message);
  });

  it("of the store in memory are checked too", () => {
    expect(() => memorySessionStore({ maxSessions: 0 })).toThrow(/maxSessions/);
  });
});
