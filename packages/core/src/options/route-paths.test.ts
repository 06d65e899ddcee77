import { describe, expect, it } from "vitest";
import { resolveRoutes } from "./route-paths.ts";

describe("routes", () => {
  const routes = resolveRoutes(undefined, undefined, "/oauth2callback");

  it.each([
    ["/authorize", "authorize"],
    ["/authorize?scope=x", "authorize"],
    ["/oauth2callback?code=x&state=y", "callback"],
    ["/revoke", "revoke"],
    ["/signout", "signOut"],
    ["/authorize/", undefined],
    ["//authorize", undefined],
    ["/Authorize", undefined],
    ["/%61uthorize", undefined],
    ["/authorize;x", undefined],
    ["/other?x=/authorize", undefined],
    ["http://evil.example/authorize", undefined],
    ["*", undefined],
    ["", undefined],
  ])("match %s as %s", (url, name) => {
    expect(routes.match(url, "")).toBe(name);
  });

  it("move below a mount path, but for the callback, whose place Google knows", () => {
    const mounted = resolveRoutes(undefined, undefined, "/google/oauth2callback");
    expect(mounted.match("/google/authorize", "/google")).toBe("authorize");
    expect(mounted.match("/google/oauth2callback?x", "/google")).toBe("callback");
    expect(mounted.match("/authorize", "/google")).toBeUndefined();
  });

  it("move below `basePath`, and take another callback behind a proxy that changes paths", () => {
    const based = resolveRoutes({ callback: "/cb", revoke: false }, "/google", "/outer/oauth2callback");
    expect(based.match("/google/authorize", "")).toBe("authorize");
    expect(based.match("/google/revoke", "")).toBeUndefined();
    expect(based.match("/cb?code=x", "")).toBe("callback");
    expect(based.match("/outer/oauth2callback", "")).toBeUndefined();
  });
});
