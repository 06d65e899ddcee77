import { setImmediate as nextTurn } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { AuthError } from "../errors/auth-error.ts";
import { boundedStore } from "./bounded-store.ts";
import { memoryTokenStore } from "./memory-token-store.ts";
import { asOwnerId } from "./owner-id.ts";
import type { GrantKey, StoredGrant, TokenStore } from "./types.ts";

const TIMEOUT = 200;
const KEY: GrantKey = { client: "client", owner: asOwnerId("owner"), account: "account" };
const GRANT: StoredGrant = { id: "grant", version: 1, payload: "v1.sealed" };
const Foreign = runInNewContext("Promise") as PromiseConstructor;
const never = () => Promise.withResolvers<never>().promise;

function boundedWith(change: Partial<TokenStore>): TokenStore {
  return boundedStore({ ...memoryTokenStore(), ...change }, TIMEOUT);
}

/** Calls a store that does not respond, and returns the milliseconds until the timeout. */
async function timeoutOf(call: () => unknown): Promise<number> {
  const began = performance.now();
  const error = await Promise.resolve()
    .then(call)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AuthError);
  expect(error).toMatchObject({
    code: "store_unavailable",
    message: expect.stringMatching(/did not respond within \d+ ms/),
  });
  // Timers may fire up to a millisecond early.
  return performance.now() - began + 1;
}

describe("a bounded store", () => {
  it("returns a result at once where the store does", async () => {
    const store = boundedWith({ get: () => GRANT });
    expect(store.get(KEY)).toBe(GRANT);
  });

  it.each<[string, Partial<TokenStore>, (store: TokenStore) => unknown]>([
    ["get", { get: never }, (store) => store.get(KEY)],
    ["get of another realm's promise", { get: () => new Foreign<never>(() => undefined) }, (store) => store.get(KEY)],
    ["put", { put: never }, (store) => store.put(KEY, GRANT)],
    ["delete", { delete: never }, (store) => store.delete(KEY)],
    ["list", { list: never }, (store) => store.list("client", KEY.owner)],
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
  ])("rejects `%s` with store_unavailable after the timeout", async (_, change, call) => {
    const store = boundedWith(change);
    expect(await timeoutOf(() => call(store))).toBeGreaterThanOrEqual(TIMEOUT);
  });

  it("waits a tenth of the timeout for an unresponsive store, and all of it after its next response", async () => {
    const responses: ((grant: StoredGrant) => void)[] = [];
    const store = boundedWith({
      get() {
        const { promise, resolve } = Promise.withResolvers<StoredGrant>();
        responses.push(resolve);
        return promise;
      },
    });
    expect(await timeoutOf(() => store.get(KEY))).toBeGreaterThanOrEqual(TIMEOUT);
    const reading = store.get(KEY);
    responses[1]!(GRANT);
    expect(await reading).toBe(GRANT);
    expect(await timeoutOf(() => store.get(KEY))).toBeGreaterThanOrEqual(TIMEOUT);
    await expect(Promise.resolve(store.get(KEY))).rejects.toThrow(`did not respond within ${TIMEOUT / 10} ms`);
    // A response that comes after its call has timed out.
    responses[2]!(GRANT);
    await nextTurn();
    await expect(Promise.resolve(store.get(KEY))).rejects.toThrow(`did not respond within ${TIMEOUT} ms`);
  });

  it("passes a failure on unchanged, and counts an early one as a response", async () => {
    const error = new Error("connection refused");
    const store = boundedWith({ get: () => Promise.reject(error), list: never });
    await timeoutOf(() => store.list("client", KEY.owner));
    await expect(Promise.resolve(store.get(KEY))).rejects.toBe(error);
    expect(await timeoutOf(() => store.list("client", KEY.owner))).toBeGreaterThanOrEqual(TIMEOUT);
  });

  it("does not count a late failure as a response, since it is the timeout of the client", async () => {
    const error = new Error("command timed out");
    const store = boundedWith({
      get: () => new Promise((_, reject) => setTimeout(reject, TIMEOUT / 2, error)),
      list: never,
    });
    await expect(Promise.resolve(store.get(KEY))).rejects.toBe(error);
    await expect(Promise.resolve(store.list("client", KEY.owner))).rejects.toThrow(
      `did not respond within ${TIMEOUT / 10} ms`,
    );
  });
});

describe("the lease of a bounded store", () => {
  it("has three times the timeout, and its work does not run where it comes later", async () => {
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
    expect(await timeoutOf(() => store.exclusively(KEY, work))).toBeGreaterThanOrEqual(3 * TIMEOUT);
    free.resolve();
    expect(await late.promise).toMatchObject({ message: "the lease came after the timeout" });
    expect(ran).toBe(false);
  });

  it.each<[string, () => Promise<never>]>([
    ["hangs", never],
    ["fails", () => Promise.reject(new Error("connection reset"))],
  ])("returns the result of the work where the release of the lease %s", async (_, release) => {
    const store = boundedWith({
      async exclusively(_key, work) {
        await work({ fence: 1, signal: new AbortController().signal });
        return release();
      },
    });
    expect(await store.exclusively(KEY, async () => "result")).toBe("result");
    const error = new RangeError("work failed");
    await expect(store.exclusively(KEY, () => Promise.reject(error))).rejects.toBe(error);
  });

  it("sets no limit to the work", async () => {
    const store = boundedWith({});
    const later = Promise.withResolvers<string>();
    setTimeout(later.resolve, 4 * TIMEOUT, "result");
    expect(await store.exclusively(KEY, () => later.promise)).toBe("result");
  });

  it("rejects with the error of a store that fails before the work", async () => {
    const error = new Error("connection refused");
    const store = boundedWith({ exclusively: () => Promise.reject(error) });
    await expect(store.exclusively(KEY, async () => "result")).rejects.toBe(error);
  });
});
