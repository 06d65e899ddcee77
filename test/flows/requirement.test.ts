import { describe, expect, it, vi } from "vitest";
import { mustSkip } from "../harness/requirement.ts";

const MISSING = { name: "Redis at 127.0.0.1:6379", isThere: false, remedy: "Start it." };

describe("a requirement of tests that the machine lacks", () => {
  it.each(["true", "1", "yes"])("fails the tests with CI=%s, and names what is missing and what to do", (ci) => {
    expect(() => mustSkip(MISSING, ci)).toThrow(/^Redis at 127\.0\.0\.1:6379 is missing\..*Start it\.$/);
  });

  it.each([undefined, "", "false"])("skips the tests with CI=%s, and prints a warning", (ci) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    expect(mustSkip(MISSING, ci ?? "")).toBe(true);
    expect(warn.mock.calls.flat().join("")).toContain("SKIPPED: Redis at 127.0.0.1:6379 is missing");
    warn.mockRestore();
  });

  it("runs the tests where the machine has it", () => {
    expect(mustSkip({ ...MISSING, isThere: true }, "true")).toBe(false);
  });
});
