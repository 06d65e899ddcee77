import { describe, expect, it } from "vitest";
import { findCookie, parseCookies } from "./cookies.ts";
import { isNavigation } from "./navigation.ts";
import type { RequestView } from "./request-view.ts";

function request(method: string, headers: Record<string, string>): RequestView {
  return { method, header: (name: string) => headers[name] } as RequestView;
}

const HTML = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

describe("isNavigation", () => {
  it.each([
    ["a click in a browser", "GET", { ...HTML, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }, true],
    ["a browser that sends no Fetch Metadata", "GET", HTML, true],
    ["HEAD of a page", "HEAD", HTML, true],
    ["a form's POST", "POST", { ...HTML, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }, false],
    ["fetch() that accepts HTML", "GET", { ...HTML, "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }, false],
    ["a frame", "GET", { ...HTML, "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }, false],
    ["a prefetch", "GET", { ...HTML, "sec-fetch-mode": "navigate", "sec-purpose": "prefetch" }, false],
    ["an old prefetch", "GET", { ...HTML, purpose: "prefetch" }, false],
    ["an image", "GET", { accept: "image/*", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" }, false],
    ["XMLHttpRequest by its custom", "GET", { ...HTML, "x-requested-with": "XMLHttpRequest" }, false],
    ["curl", "GET", { accept: "*/*" }, false],
    ["nothing said", "GET", {}, false],
  ])("%s: %s %o is %s", (_what, method, headers, expected) => {
    expect(isNavigation(request(method, headers))).toBe(expected);
  });
});

describe("parseCookies", () => {
  it("takes no other white space for none: a name that browsers do not protect is not one that they do", () => {
    const cookies = parseCookies("\u00a0__Host-a=forged; \t__Host-b=1 ; \u2003c=2; d\u00a0=3");
    expect([...cookies]).toEqual([["__Host-b", "1"]]);
  });

  it("takes the first of a name, and leaves nonsense out", () => {
    const cookies = parseCookies("a=1; b=x=y; a=2; ; =z; c; __proto__=p");
    expect([...cookies]).toEqual([
      ["a", "1"],
      ["b", "x=y"],
      ["__proto__", "p"],
    ]);
  });

  it("has none without a header", () => {
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
  ])("reads %j as parseCookies does", (header) => {
    expect(findCookie(header, "b")).toBe(parseCookies(header).get("b"));
  });
});

describe("a header of cookies", () => {
  it("takes time by its length, and not by the square of it, whatever blanks it has", () => {
    const blanks = " ".repeat(200_000);
    const header = `a=${blanks}x${blanks}y; ${blanks}b${blanks}=1${blanks}; c=2`;
    const began = process.cpuUsage();
    expect(findCookie(header, "a")).toBe(`x${blanks}y`);
    expect([...parseCookies(header)].slice(1)).toEqual([
      ["b", "1"],
      ["c", "2"],
    ]);
    // Quadratic time would be a minute. CPU time does not depend on other processes.
    expect(process.cpuUsage(began).user / 1_000).toBeLessThan(20_000);
  });
});
