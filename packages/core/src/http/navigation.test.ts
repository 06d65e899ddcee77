import { describe, expect, it } from "vitest";
import { isFormNavigation, isNavigation, isPrefetch, wantsHtml } from "./navigation.ts";
import type { RequestView } from "./request-view.ts";

function request(method: string, headers: Record<string, string>): RequestView {
  return { method, header: (name: string) => headers[name] } as RequestView;
}

const HTML = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

describe("isNavigation", () => {
  it.each([
    ["a click in a browser", "GET", { ...HTML, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }, true],
    ["a service worker's", "GET", { ...HTML, "sec-fetch-mode": "navigate", "sec-fetch-dest": "empty" }, true],
    ["a browser without Fetch Metadata", "GET", HTML, true],
    ["a HEAD request for a page", "HEAD", HTML, true],
    ["a form's POST", "POST", { ...HTML, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }, false],
    ["a fetch() that accepts HTML", "GET", { ...HTML, "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }, false],
    ["a frame", "GET", { ...HTML, "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }, false],
    ["a prefetch", "GET", { ...HTML, "sec-fetch-mode": "navigate", "sec-purpose": "prefetch" }, false],
    ["a prefetch of an old browser", "GET", { ...HTML, purpose: "prefetch" }, false],
    ["an image", "GET", { accept: "image/*", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" }, false],
    ["an XMLHttpRequest", "GET", { ...HTML, "x-requested-with": "XMLHttpRequest" }, false],
    ["curl", "GET", { accept: "*/*" }, false],
    ["a request without headers", "GET", {}, false],
  ])("%s: %s %o is %s", (_what, method, headers, expected) => {
    expect(isNavigation(request(method, headers))).toBe(expected);
  });
});

describe("isFormNavigation", () => {
  it.each([
    ["a form", "POST", { ...HTML, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }, true],
    [
      "a form behind a service worker",
      "POST",
      { ...HTML, "sec-fetch-mode": "navigate", "sec-fetch-dest": "empty" },
      true,
    ],
    ["a form of a browser without Fetch Metadata", "POST", HTML, true],
    ["a form in a frame", "POST", { ...HTML, "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }, false],
    ["a fetch() that accepts HTML", "POST", { ...HTML, "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }, false],
    ["an XMLHttpRequest", "POST", { ...HTML, "x-requested-with": "XMLHttpRequest" }, false],
    ["a request for JSON", "POST", { accept: "application/json", "sec-fetch-mode": "navigate" }, false],
    ["a click", "GET", { ...HTML, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }, false],
    ["a script's PUT", "PUT", HTML, false],
  ])("%s: %s %o is %s", (_what, method, headers, expected) => {
    expect(isFormNavigation(request(method, headers))).toBe(expected);
  });
});

describe("isPrefetch", () => {
  it.each([
    [{ "sec-purpose": "prefetch" }, true],
    [{ "sec-purpose": "prefetch;prerender" }, true],
    [{ "sec-purpose": "prefetch;anonymous-client-ip" }, true],
    [{ purpose: "prefetch" }, true],
    [{ purpose: "Prerender" }, true],
    [{ "sec-purpose": "other", purpose: "prefetch" }, true],
    [{ "x-purpose": "preview" }, true],
    [{ "x-moz": "prefetch" }, true],
    [{ "sec-purpose": "" }, false],
    [HTML, false],
  ])("%o: %s", (headers, expected) => {
    expect(isPrefetch(request("GET", headers as Record<string, string>))).toBe(expected);
  });
});

describe("wantsHtml", () => {
  it.each([
    [HTML, true],
    [{ accept: "application/json" }, false],
    [{ accept: "*/*" }, false],
    [{}, false],
  ])("%o: %s", (headers, expected) => {
    expect(wantsHtml(request("GET", headers))).toBe(expected);
  });
});
