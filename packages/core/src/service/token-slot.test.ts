import { describe, expect, test } from "vitest";
import { AuthError } from "../errors/auth-error.ts";
import type { Issued } from "./credentials.ts";
import { TokenSlot, TokenSlots } from "./token-slot.ts";

const LIFETIME = 3_600_000;

/** A slot whose requests are answered by hand, and a clock. */
function slotByHand() {
  let time = 1_000_000;
  const waiting: { answer: (issued: Partial<Issued>) => void; fail: (error: unknown) => void }[] = [];
  const issue = (): Promise<Issued> => {
    const { promise, resolve, reject } = Promise.withResolvers<Issued>();
    const answer = (issued: Partial<Issued>) =>
      resolve({ token: "t", issuedAt: time, expiresAt: time + LIFETIME, ...issued });
    waiting.push({ answer, fail: reject });
    return promise;
  };
  return {
    slot: new TokenSlot(issue, () => time),
    waiting,
    advance: (milliseconds: number) => (time += milliseconds),
    /** Has the next request answered with this token, and waits until that is known. */
    async fill(slot: TokenSlot, token: string, expiresIn = LIFETIME) {
      const asked = slot.get();
      waiting.shift()!.answer({ token, expiresAt: time + expiresIn });
      expect(await asked).toBe(token);
    },
  };
}

describe("a slot", () => {
  test("shares one request among all who wait, and keeps its token", async () => {
    const { slot, waiting } = slotByHand();
    const asked = [slot.get(), slot.get({ force: true }), slot.get({ rejected: "old" })].map(async (token) => token);
    expect(waiting).toHaveLength(1);
    waiting[0]!.answer({ token: "a" });
    expect(await Promise.all(asked)).toEqual(["a", "a", "a"]);
    expect(slot.get()).toBe("a");
  });

  test("gives its token to the minute before its end, and replaces it 225 seconds before without making anybody wait", async () => {
    const { slot, waiting, advance, fill } = slotByHand();
    await fill(slot, "a");
    advance(LIFETIME - 225_001);
    expect([slot.get(), waiting.length]).toEqual(["a", 0]);
    advance(1);
    expect([slot.get(), slot.get(), waiting.length]).toEqual(["a", "a", 1]);
    advance(225_000 - 60_000);
    const asked = slot.get();
    expect(asked).toBeInstanceOf(Promise);
    expect(waiting).toHaveLength(1);
    waiting[0]!.answer({ token: "b" });
    expect(await asked).toBe("b");
  });

  test("pauses ten seconds after a replacement that failed, or that brought the same token", async () => {
    const { slot, waiting, advance, fill } = slotByHand();
    await fill(slot, "a");
    const end = LIFETIME - 225_000;
    advance(end);
    expect(slot.get()).toBe("a");
    waiting.shift()!.fail(new AuthError("temporarily_unavailable"));
    await new Promise(setImmediate);
    advance(9_999);
    expect([slot.get(), waiting.length]).toEqual(["a", 0]);
    advance(1);
    expect([slot.get(), waiting.length]).toEqual(["a", 1]);
    waiting.shift()!.answer({ token: "a", issuedAt: 1_000_000, expiresAt: 1_000_000 + LIFETIME });
    await new Promise(setImmediate);
    advance(9_999);
    expect([slot.get(), waiting.length]).toEqual(["a", 0]);
    advance(1);
    expect([slot.get(), waiting.length]).toEqual(["a", 1]);
  });

  test("keeps short tokens for nine tenths of their life", async () => {
    const { slot, advance, fill } = slotByHand();
    await fill(slot, "a", 100_000);
    advance(89_999);
    expect(slot.get()).toBe("a");
    advance(1);
    expect(slot.get()).toBeInstanceOf(Promise);
  });

  test("asks anew for a token that was refused, and not for one that was refused before it", async () => {
    const { slot, waiting, fill } = slotByHand();
    await fill(slot, "a");
    expect(slot.get({ rejected: "older" })).toBe("a");
    const asked = slot.get({ rejected: "a" });
    waiting.shift()!.answer({ token: "b" });
    expect(await asked).toBe("b");
  });

  test("fails for all who wait, and works for the next", async () => {
    const { slot, waiting, fill } = slotByHand();
    const asked = [slot.get(), slot.get()] as Promise<string>[];
    waiting.shift()!.fail(new Error("unforeseen"));
    for (const each of asked) await expect(each).rejects.toMatchObject({ code: "internal_error" });
    await fill(slot, "a");
  });
});

test("slots are known by their names, and the least recently used is forgotten", () => {
  const slots = new TokenSlots(Date.now, 2);
  const issue = () => Promise.reject(new Error("not asked for"));
  const [a, b] = [slots.at("a", issue), slots.at("b", issue)];
  expect(slots.at("a", issue)).toBe(a);
  slots.at("c", issue);
  expect(slots.at("a", issue)).toBe(a);
  expect(slots.at("b", issue)).not.toBe(b);
});
