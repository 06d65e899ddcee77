import { describe, expect, test } from "vitest";
import { parseRetryAfter, retryDelay } from "./retry-delay.ts";

describe("retryDelay", () => {
  test("doubles the longest pause with each attempt, up to two seconds", () => {
    expect([1, 2, 3, 4, 5, 40].map((attempt) => retryDelay(attempt, () => 1))).toEqual([
      200, 400, 800, 1_600, 2_000, 2_000,
    ]);
  });

  test("spreads pauses randomly over the whole interval", () => {
    expect(retryDelay(2, () => 0)).toBe(0);
    expect(retryDelay(2, () => 0.5)).toBe(200);
  });
});

describe("parseRetryAfter", () => {
  const now = Date.UTC(2026, 0, 1, 12, 0, 0);

  test.each([
    ["0", 0],
    ["120", 120],
    [" 3 ", 3],
    ["Thu, 01 Jan 2026 12:00:07 GMT", 7],
    ["Thursday, 01-Jan-26 12:00:07 GMT", 7],
    ["Thu, 01 Jan 2026 11:00:00 GMT", 0],
  ])("reads %j as %d seconds", (header, seconds) => {
    expect(parseRetryAfter(header, now)).toBe(seconds);
  });

  test.each([undefined, "", "-1", "1.5", "soon", "Infinity", "99999999999", "2026-01-01T12:00:07Z"])(
    "ignores %j",
    (header) => {
      expect(parseRetryAfter(header, now)).toBeUndefined();
    },
  );
});
