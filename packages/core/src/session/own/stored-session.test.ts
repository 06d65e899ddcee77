import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { asynchronous, Browser, clock, make, visit } from "../../../../../test/harness/session-visits.ts";
import { memorySessionStore } from "./memory-session-store.ts";
import type { SessionRecord, SessionRecordStore } from "./record-store.ts";

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

  it("is kept under a hash, which does not work as a cookie", async () => {
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

  it("keeps the changes of overlapping requests, and does not come back where a slow request changes it", async () => {
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

  it("keeps the changes of two requests that save at the same time", async () => {
    const session = make({ store: asynchronous(memorySessionStore({ now: clock })) });
    const browser = new Browser();
    await visit(session, browser, (handle) => handle.set("user", "ada"));
    await Promise.all(
      [browser.copy(), browser.copy()].map((copy, index) =>
        visit(session, copy, async (handle) => {
          handle.set(index === 0 ? "user" : "cart", `of ${index}`);
          await handle.save();
        }),
      ),
    );
    expect(await visit(session, browser)).toEqual({ user: "of 0", cart: "of 1" });
  });

  const garbage: readonly (readonly [string, (record: SessionRecord) => unknown])[] = [
    ["null, as many databases do", () => null],
    ["text", (record) => JSON.stringify(record)],
    [
      "times as text, which would add up to a time in the far future",
      ({ createdAt, usedAt, ...rest }) => ({ ...rest, createdAt: `${createdAt}`, usedAt: `${usedAt}` }),
    ],
    ["no times, so that it would never end", ({ content }) => ({ content })],
    ["no content", ({ createdAt, usedAt }) => ({ createdAt, usedAt })],
    ["a list", (record) => ({ ...record, content: [record.content] })],
  ];
  it.each(garbage)("is empty where its store returns %s, and can be used again", async (_what, spoil) => {
    const store = memorySessionStore({ now: clock });
    for (const wrap of [asynchronous, (same: SessionRecordStore) => same]) {
      let isSpoilt = false;
      const get = (key: string) => {
        const record = store.get(key) as SessionRecord | undefined;
        return (isSpoilt && record ? spoil(record) : record) as SessionRecord | undefined;
      };
      const [session, browser] = [make({ store: wrap({ ...store, get }) }), new Browser()];
      await visit(session, browser, (handle) => handle.set("user", "ada"));
      isSpoilt = true;
      expect(await visit(session, browser)).toEqual({});
      isSpoilt = false;
      await visit(session, browser, (handle) => handle.set("user", "grace"));
      expect(await visit(session, browser)).toEqual({ user: "grace" });
    }
  });

  it("waits for a promise of another realm", async () => {
    const store = memorySessionStore({ now: clock });
    const Foreign = runInNewContext("Promise") as PromiseConstructor;
    expect(Foreign.resolve()).not.toBeInstanceOf(Promise);
    const get = (key: string) => new Foreign<SessionRecord | undefined>((resolve) => resolve(store.get(key)));
    const session = make({ store: { ...store, synchronous: false, get } });
    const browser = new Browser();
    await visit(session, browser, (handle) => handle.set("user", "ada"));
    expect(await visit(session, browser, (handle) => handle.set("cart", ["book"]))).toMatchObject({ user: "ada" });
    expect(await visit(session, browser)).toEqual({ user: "ada", cart: ["book"] });
  });

  it("keeps a change that comes after the response headers", async () => {
    const session = make({ store: memorySessionStore({ now: clock }) });
    const browser = new Browser();
    await visit(session, browser, (handle) => handle.set("user", "ada"));
    await visit(session, browser, (handle) => (handle.set("cart", ["book"]), handle.save()), { headersSent: true });
    expect(await visit(session, browser)).toEqual({ user: "ada", cart: ["book"] });
  });

  it("is undefined while its store fails, and `save` rejects with the store's error", async () => {
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

  it("is not read before it is used, where the store is synchronous", async () => {
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

  it("is dropped from memory for newer sessions beyond `maxSessions`", async () => {
    const session = make({ store: memorySessionStore({ maxSessions: 2, now: clock }) });
    const browsers = [new Browser(), new Browser(), new Browser()];
    for (const browser of browsers) await visit(session, browser, (handle) => handle.set("user", "ada"));
    const found = [];
    for (const browser of browsers) found.push(await visit(session, browser));
    expect(found).toEqual([{}, { user: "ada" }, { user: "ada" }]);
  });
});
