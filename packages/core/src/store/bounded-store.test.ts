import { setImmediate as nextTurn } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { AuthError } from "../errors/auth-error.ts";
import { boundedStore } from "./bounded-store.ts";
import { memoryTokenStore } from "./memory.ts";
import type { GrantKey, StoredGrant, TokenStore } from "./types.ts";

const TIMEOUT = 200;
const KEY: GrantKey = { client: "client", owner: "owner", account: "account" };
const GRANT: StoredGrant = { id: "grant", version: 1, payload: "v1.sealed" };
const Foreign = runInNewContext("Promise") as PromiseConstructor;
const never = () => Promise.withResolvers<never>().promise;

function boundedWith(change: Partial<TokenStore>): TokenStore {
  return boundedStore({ ...memoryTokenStore(), ...change }, TIMEOUT);
}

/** Milliseconds until an answer is refused as one that did not come. */
async function silenceOf(call: () => unknown): Promise<number> {
  const began = performance.now();
  const error = await Promise.resolve()
    .then(call)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AuthError);
  expect(error).toMatchObject({ code: "store_unavailable", message: expect.stringMatching(/no answer within \d+ ms/) });
  // Timers may fire up to a millisecond early.
  return performance.now() - began + 1;
}

describe("a bounded store", () => {
  it("answers at once where the store does", async () => {
    const store = boundedWith({ get: () => GRANT });
    expect(store.get(KEY)).toBe(GRANT);
  });

  it.each<[string, Partial<TokenStore>, (store: TokenStore) => unknown]>([
    ["get", { get: never }, (store) => store.get(KEY)],
    ["get of another realm's promise", { get: () => new Foreign<never>(() => undefined) }, (store) => store.get(KEY)],
    ["put", { put: never }, (store) => store.put(KEY, GRANT)],
    ["delete", { delete: never }, (store) => store.delete(KEY)],
    ["list", { list: never }, (store) => store.list("client", "owner")],
    ["keysOf", { keysOf: never }, (store) => store.keysOf("client", "account")],
    ["byTokenDigest", { byTokenDigest: never }, (store) => store.byTokenDigest("client", "digest")],
    ["signedOutAt", { signedOutAt: never }, (store) => store.signedOutAt("client", "account")],
    ["setSignedOut", { setSignedOut: never }, (store) => store.setSignedOut("client", "account", 1)],
    [
      "entries",
      {
        async *entries() {
          yield [KEY, GRANT] as const;
          await never();
        },
      },
      async (store) => {
        for await (const [key] of store.entries("client")) expect(key).toBe(KEY);
      },
    ],
  ])("gives `%s` up once its time is over", async (_, change, call) => {
    const store = boundedWith(change);
    expect(await silenceOf(() => call(store))).toBeGreaterThanOrEqual(TIMEOUT);
  });

  it("waits less for a store that has fallen silent, and as before once it is heard again", async () => {
    const answers: ((grant: StoredGrant) => void)[] = [];
    const store = boundedWith({
      get() {
        const { promise, resolve } = Promise.withResolvers<StoredGrant>();
        answers.push(resolve);
        return promise;
      },
    });
    expect(await silenceOf(() => store.get(KEY))).toBeGreaterThanOrEqual(TIMEOUT);
    const reading = store.get(KEY);
    answers[1]!(GRANT);
    expect(await reading).toBe(GRANT);
    expect(await silenceOf(() => store.get(KEY))).toBeGreaterThanOrEqual(TIMEOUT);
    await expect(Promise.resolve(store.get(KEY))).rejects.toThrow(`no answer within ${TIMEOUT / 10} ms`);
    // The answer to what nobody waits for any more.
    answers[2]!(GRANT);
    await nextTurn();
    await expect(Promise.resolve(store.get(KEY))).rejects.toThrow(`no answer within ${TIMEOUT} ms`);
  });

  it("passes failures on as they are, and takes those that come soon for an answer", async () => {
    const error = new Error("connection refused");
    const store = boundedWith({ get: () => Promise.reject(error), list: never });
    await silenceOf(() => store.list("client", "owner"));
    await expect(Promise.resolve(store.get(KEY))).rejects.toBe(error);
    expect(await silenceOf(() => store.list("client", "owner"))).toBeGreaterThanOrEqual(TIMEOUT);
  });

  it("takes those that come late for silence: a client that waited in vain", async () => {
    const error = new Error("command timed out");
    const store = boundedWith({
      get: () => new Promise((_, reject) => setTimeout(reject, TIMEOUT / 2, error)),
      list: never,
    });
    await expect(Promise.resolve(store.get(KEY))).rejects.toBe(error);
    await expect(Promise.resolve(store.list("client", "owner"))).rejects.toThrow(`no answer within ${TIMEOUT / 10} ms`);
  });
});

describe("the lease of a bounded store", () => {
  it("is waited for longer than an answer, and then given up; work whose lease comes later does not run", async () => {
    let ran = false;
    const free = Promise.withResolvers<void>();
    const late = Promise.withResolvers<unknown>();
    const store = boundedWith({
      async exclusively(_key, work) {
        await free.promise;
        const lease = { fence: 1, signal: new AbortController().signal };
        return work(lease).catch((error: unknown) => {
          late.resolve(error);
          throw error;
        });
      },
    });
    const work = async () => {
      ran = true;
    };
    expect(await silenceOf(() => store.exclusively(KEY, work))).toBeGreaterThanOrEqual(3 * TIMEOUT);
    free.resolve();
    expect(await late.promise).toMatchObject({ message: "the lease came too late" });
    expect(ran).toBe(false);
  });

  it.each<[string, () => Promise<never>]>([
    ["hangs", never],
    ["fails", () => Promise.reject(new Error("connection reset"))],
  ])("lets the work have its result where giving the lease back %s", async (_, release) => {
    const store = boundedWith({
      async exclusively(_key, work) {
        await work({ fence: 1, signal: new AbortController().signal });
        return release();
      },
    });
    expect(await store.exclusively(KEY, async () => "result")).toBe("result");
    const error = new RangeError("of the work");
    await expect(store.exclusively(KEY, () => Promise.reject(error))).rejects.toBe(error);
  });

  it("does not bound the work", async () => {
    const store = boundedWith({});
    const later = Promise.withResolvers<string>();
    setTimeout(later.resolve, 4 * TIMEOUT, "result");
    expect(await store.exclusively(KEY, () => later.promise)).toBe("result");
  });

  it("fails as the store does before the work", async () => {
    const error = new Error("connection refused");
    const store = boundedWith({ exclusively: () => Promise.reject(error) });
    await expect(store.exclusively(KEY, async () => "result")).rejects.toBe(error);
  });
});
