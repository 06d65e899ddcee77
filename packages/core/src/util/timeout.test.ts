import { setImmediate, setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { withTimeout } from "./timeout.ts";

const MINUTE = 60_000;
const tooLate = () => new Error("too late");

describe("withTimeout", () => {
  it("resolves with the promise's value", async () => {
    expect(await withTimeout(setImmediate("value"), MINUTE, tooLate)).toBe("value");
  });

  it("rejects with the promise's own error", async () => {
    const error = new Error("connection refused");
    await expect(withTimeout(Promise.reject(error), MINUTE, tooLate)).rejects.toBe(error);
  });

  it("rejects with the given error once the time is over", async () => {
    await expect(withTimeout(Promise.withResolvers().promise, 1, tooLate)).rejects.toThrow("too late");
  });

  it("leaves no rejection unhandled where the promise fails after the timeout", async () => {
    const unhandled: unknown[] = [];
    const listener = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", listener);
    const { promise, reject } = Promise.withResolvers<never>();
    await expect(withTimeout(promise, 1, tooLate)).rejects.toThrow("too late");
    reject(new Error("connection reset"));
    await delay(1);
    process.off("unhandledRejection", listener);
    expect(unhandled).toEqual([]);
  });
});
