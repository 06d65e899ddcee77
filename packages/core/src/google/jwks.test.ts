import { exportJWK, generateKeyPair, type JWK } from "jose";
import { describe, expect, test } from "vitest";
import { sendJson, startServer, type LoopbackServer } from "../../../../test/harness/loopback-server.ts";
import { AuthError } from "../errors/auth-error.ts";
import { createKeySet } from "./jwks.ts";

const MINUTE = 60_000;

async function publicKey(kid: string): Promise<JWK> {
  const { publicKey: key } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(key)), kid, alg: "RS256", use: "sig" };
}

/** A key set over a real server. The test changes the server's keys, headers and status, and the clock. */
async function start() {
  const state = {
    keys: [await publicKey("one")] as unknown,
    headers: {} as Record<string, string>,
    status: 200,
    time: Date.UTC(2026, 0, 1),
  };
  const server = await startServer((response) => sendJson(response, state.status, { keys: state.keys }, state.headers));
  const keys = createKeySet({
    url: `${server.url}/certs`,
    now: () => state.time,
    sleep: () => Promise.resolve(),
    random: () => 0,
    timeout: 60_000,
  });
  const find = (kid: string) => keys({ alg: "RS256", kid }, { payload: "", signature: "" });
  return { state, server, find };
}

/** The number of requests for the key set. A fetch that fails makes several. */
function fetches(server: LoopbackServer): number {
  return server.seen.length;
}

const UNKNOWN = { code: "ERR_JWKS_NO_MATCHING_KEY" };
const DOWN = { name: "AuthError", code: "temporarily_unavailable", status: 503 };

test("the key set fetches a key when it is first needed, and imports it once", async () => {
  const { server, find } = await start();
  expect(fetches(server)).toBe(0);
  const keys = await Promise.all(Array.from({ length: 50 }, () => find("one")));
  expect(new Set(keys).size).toBe(1);
  expect(fetches(server)).toBe(1);
  expect(server.seen[0]).toMatchObject({ method: "GET", url: "/certs" });
});

describe("the key set uses its keys", () => {
  test.each([
    ["for an hour without Cache-Control", {}, 60],
    ["for the time of max-age", { "cache-control": "public, max-age=1200, must-revalidate" }, 20],
    ["for max-age minus the time in a cache", { "cache-control": "max-age=1200", age: "300" }, 15],
    ["for five minutes at least", { "cache-control": "no-cache, max-age=0" }, 5],
    ["for a day at most", { "cache-control": "max-age=99999999" }, 24 * 60],
    ["for an hour with s-maxage alone", { "cache-control": "s-maxage=60" }, 60],
  ])("%s", async (_, headers, minutes) => {
    const { state, server, find } = await start();
    state.headers = headers;
    await find("one");
    state.time += minutes * MINUTE - 1;
    await find("one");
    expect(fetches(server)).toBe(1);
    state.time += 1;
    await find("one");
    expect(fetches(server)).toBe(2);
  });
});

describe("S45 an unknown kid", () => {
  test("triggers one fetch, so that a key rotation needs no restart", async () => {
    const { state, server, find } = await start();
    await find("one");
    state.keys = [await publicKey("two")];
    await Promise.all(Array.from({ length: 20 }, () => find("two")));
    expect(fetches(server)).toBe(2);
    await expect(find("one")).rejects.toMatchObject(UNKNOWN);
  });

  test("triggers at most one fetch in 30 seconds, even in a flood", async () => {
    const { state, server, find } = await start();
    await find("one");
    for (let round = 0; round < 5; round += 1) {
      const flood = Array.from({ length: 100 }, (_, index) => find(`forged-${round}-${index}`));
      for (const result of await Promise.allSettled(flood)) {
        expect(result).toMatchObject({ status: "rejected", reason: UNKNOWN });
      }
      await find("one");
    }
    expect(fetches(server)).toBe(2);
    state.time += 30_000;
    await expect(find("forged")).rejects.toMatchObject(UNKNOWN);
    await expect(find("forged")).rejects.toMatchObject(UNKNOWN);
    expect(fetches(server)).toBe(3);
  });

  test("triggers no second fetch if the keys were just fetched", async () => {
    const { server, find } = await start();
    await expect(find("forged")).rejects.toMatchObject(UNKNOWN);
    expect(fetches(server)).toBe(1);
  });

  test("is a temporary failure while the keys cannot be fetched, and triggers no other fetch for 30 seconds", async () => {
    const { state, server, find } = await start();
    await find("one");
    state.status = 503;
    await expect(find("two")).rejects.toMatchObject(DOWN);
    const attempts = fetches(server);
    await expect(find("two")).rejects.toMatchObject(DOWN);
    expect(fetches(server)).toBe(attempts);
    state.status = 200;
    state.keys = [await publicKey("two")];
    state.time += 30_000;
    await find("two");
  });
});

describe("if the keys cannot be fetched", () => {
  test("the key set uses the previous keys, and fetches again after 30 seconds", async () => {
    const { state, server, find } = await start();
    await find("one");
    state.status = 500;
    state.time += 61 * MINUTE;
    await find("one");
    const attempts = fetches(server);
    expect(attempts).toBeGreaterThan(1);
    await find("one");
    expect(fetches(server)).toBe(attempts);
    state.status = 200;
    state.time += 30_000;
    await find("one");
    await find("one");
    expect(fetches(server)).toBe(attempts + 1);
  });

  test("and there are no previous ones, all waiting calls fail alike, and the next call works", async () => {
    const { state, server, find } = await start();
    state.status = 503;
    const waiters = await Promise.allSettled(Array.from({ length: 20 }, () => find("one")));
    for (const result of waiters) expect(result).toMatchObject({ status: "rejected", reason: DOWN });
    expect(fetches(server)).toBe(3);
    state.status = 200;
    await find("one");
  });

  test.each<[string, (state: { keys: unknown; status: number }) => void]>([
    ["a 404", (state) => (state.status = 404)],
    ["a redirect", (state) => (state.status = 302)],
    ["missing keys", (state) => (state.keys = undefined)],
    ["an empty list", (state) => (state.keys = [])],
    ["keys that are not objects", (state) => (state.keys = ["x", null])],
    [
      "a response that is too long",
      (state) => (state.keys = Array.from({ length: 2_000 }, () => ({ kty: "RSA", n: "x".repeat(50) }))),
    ],
  ])("because of %s, the error is temporarily_unavailable", async (_, spoil) => {
    const { state, server, find } = await start();
    spoil(state);
    const error: unknown = await find("one").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AuthError);
    expect(error).toMatchObject(DOWN);
    expect((error as AuthError).message).toContain(`${server.url}/certs`);
  });
});
