import { describe, expect, test } from "vitest";
import { AuthError } from "../errors/auth-error.ts";
import type { IssuedToken } from "./credentials.ts";
import { TokenSlot, TokenSlots } from "./token-slot.ts";

const LIFETIME = 3_600_000;

/** A slot whose token requests the test answers itself, with a clock that the test advances. */
function createManualSlot() {
  let time = 1_000_000;
  const requests: { succeed: (issued: Partial<IssuedToken>) => void; fail: (error: unknown) => void }[] = [];
  const issue = (): Promise<IssuedToken> => {
    const { promise, resolve, reject } = Promise.withResolvers<IssuedToken>();
    const succeed = (issued: Partial<IssuedToken>) =>
      resolve({ token: "t", issuedAt: time, expiresAt: time + LIFETIME, ...issued });
    requests.push({ succeed, fail: reject });
    return promise;
  };
  const slot = new TokenSlot(issue, () => time);
  return {
    slot,
    requests,
    advance: (milliseconds: number) => (time += milliseconds),
    /** Lets the slot request and store this token. */
    async store(token: string, expiresIn = LIFETIME) {
      const requested = slot.get();
      requests.shift()!.succeed({ token, expiresAt: time + expiresIn });
      expect(await requested).toBe(token);
    },
  };
}

describe("a token slot", () => {
  test("shares one request among concurrent callers, and stores the token", async () => {
    const { slot, requests } = createManualSlot();
    const tokens = [slot.get(), slot.get({ forceRefresh: true }), slot.get({ rejected: "old" })].map(
      async (token) => token,
    );
    expect(requests).toHaveLength(1);
    requests[0]!.succeed({ token: "a" });
    expect(await Promise.all(tokens)).toEqual(["a", "a", "a"]);
    expect(slot.get()).toBe("a");
  });

  test("replaces its token in the background 225 seconds before expiry, and lets callers wait from 60 seconds on", async () => {
    const { slot, requests, advance, store } = createManualSlot();
    await store("a");
    advance(LIFETIME - 225_001);
    expect([slot.get(), requests.length]).toEqual(["a", 0]);
    advance(1);
    expect([slot.get(), slot.get(), requests.length]).toEqual(["a", "a", 1]);
    advance(225_000 - 60_000);
    const requested = slot.get();
    expect(requested).toBeInstanceOf(Promise);
    expect(requests).toHaveLength(1);
    requests[0]!.succeed({ token: "b" });
    expect(await requested).toBe("b");
  });

  test("pauses ten seconds after a background request that failed or returned the same token", async () => {
    const { slot, requests, advance, store } = createManualSlot();
    await store("a");
    advance(LIFETIME - 225_000);
    expect(slot.get()).toBe("a");
    requests.shift()!.fail(new AuthError("temporarily_unavailable"));
    await new Promise(setImmediate);
    advance(9_999);
    expect([slot.get(), requests.length]).toEqual(["a", 0]);
    advance(1);
    expect([slot.get(), requests.length]).toEqual(["a", 1]);
    requests.shift()!.succeed({ token: "a", issuedAt: 1_000_000, expiresAt: 1_000_000 + LIFETIME });
    await new Promise(setImmediate);
    advance(9_999);
    expect([slot.get(), requests.length]).toEqual(["a", 0]);
    advance(1);
    expect([slot.get(), requests.length]).toEqual(["a", 1]);
  });

  test("returns a short-lived token for nine tenths of its lifetime", async () => {
    const { slot, advance, store } = createManualSlot();
    await store("a", 100_000);
    advance(89_999);
    expect(slot.get()).toBe("a");
    advance(1);
    expect(slot.get()).toBeInstanceOf(Promise);
  });

  test("requests a new token only if the rejected token is the stored one", async () => {
    const { slot, requests, store } = createManualSlot();
    await store("a");
    expect(slot.get({ rejected: "older" })).toBe("a");
    const requested = slot.get({ rejected: "a" });
    requests.shift()!.succeed({ token: "b" });
    expect(await requested).toBe("b");
  });

  test("rejects every waiting caller after a failure, and requests a token again for the next one", async () => {
    const { slot, requests, store } = createManualSlot();
    const requested = [slot.get(), slot.get()] as Promise<string>[];
    requests.shift()!.fail(new Error("unexpected"));
    for (const each of requested) await expect(each).rejects.toMatchObject({ code: "internal_error" });
    await store("a");
  });
});

test("token slots keep their keys, and drop the least recently used slot above the maximum", () => {
  const slots = new TokenSlots(Date.now, 2);
  const issue = () => Promise.reject(new Error("never called"));
  const [a, b] = [slots.at("a", issue), slots.at("b", issue)];
  expect(slots.at("a", issue)).toBe(a);
  slots.at("c", issue);
  expect(slots.at("a", issue)).toBe(a);
  expect(slots.at("b", issue)).not.toBe(b);
});
