import { describe, expect, it } from "vitest";
import { findCookie, parseCookies } from "./cookies.ts";

describe("parseCookies", () => {
  it("does not trim a no-break space, which would turn an unprotected name into a `__Host-` one", () => {
    const cookies = parseCookies("\u00a0__Host-a=forged; \t__Host-b=1 ; \u2003c=2; d\u00a0=3");
    expect([...cookies]).toEqual([["__Host-b", "1"]]);
  });

  it("takes the first cookie of a name, and skips malformed ones", () => {
    const cookies = parseCookies("a=1; b=x=y; a=2; ; =z; c; __proto__=p");
    expect([...cookies]).toEqual([
      ["a", "1"],
      ["b", "x=y"],
      ["__proto__", "p"],
    ]);
  });

  it("returns no cookies without a header", () => {
    expect(parseCookies(undefined).size).toBe(0);
  });
});

describe("findCookie", () => {
  it.each([
    "a=1; b=2; ab=3",
    "b=first; b=second",
    " \t b=2 ;a=1",
    "ab=1;b=2=3;",
    "a=b=2; bb=1",
    "b",
    ";;b=",
    "\u00a0b=1",
    "B=1",
    "",
  ])("finds in %j the value that parseCookies finds", (header) => {
    expect(findCookie(header, "b")).toBe(parseCookies(header).get("b"));
  });
});

describe("a header of cookies", () => {
  it("takes linear time, even where it is full of blanks", () => {
    const blanks = " ".repeat(200_000);
    const header = `a=${blanks}x${blanks}y; ${blanks}b${blanks}=1${blanks}; c=2`;
    const began = process.cpuUsage();
    expect(findCookie(header, "a")).toBe(`x${blanks}y`);
    expect([...parseCookies(header)].slice(1)).toEqual([
      ["b", "1"],
      ["c", "2"],
    ]);
    // Quadratic time would be about a minute. Other processes do not change the CPU time.
    expect(process.cpuUsage(began).user / 1_000).toBeLessThan(20_000);
  });
});
