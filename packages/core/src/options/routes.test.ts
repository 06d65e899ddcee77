import { describe, expect, it } from "vitest";
import { resolveRoutes } from "./routes.ts";

describe("routes", () => {
  const routes = resolveRoutes(undefined, undefined, "https://app.example/oauth2callback");

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

  it("lie below the mount path, except for the callback, which the redirect URI fixes", () => {
    const mounted = resolveRoutes(undefined, undefined, "https://app.example/google/oauth2callback");
    expect(mounted.match("/google/authorize", "/google")).toBe("authorize");
    expect(mounted.match("/google/oauth2callback?x", "/google")).toBe("callback");
    expect(mounted.match("/authorize", "/google")).toBeUndefined();
  });

  it("lie below `basePath`, and take another callback path for a proxy that changes paths", () => {
    const based = resolveRoutes(
      { callback: "/cb", revoke: false },
      "/google",
      "https://app.example/outer/oauth2callback",
    );
    expect(based.match("/google/authorize", "")).toBe("authorize");
    expect(based.match("/google/revoke", "")).toBeUndefined();
    expect(based.match("/cb?code=x", "")).toBe("callback");
    expect(based.match("/outer/oauth2callback", "")).toBeUndefined();
  });

  it("are listed relative to a mount point, with the methods that they accept", () => {
    const mounted = resolveRoutes({ revoke: false }, undefined, "https://app.example/google/oauth2callback");
    expect(mounted.below("/google")).toEqual(["/oauth2callback", "/authorize", "/signout"]);
    expect(mounted.methods).toEqual(["GET", "HEAD", "POST"]);
  });

  it.each([
    [{ authorise: "/x" }, "unknown route `routes.authorise`. The routes are authorize, callback, revoke, signOut."],
    [{ revoke: "revoke" }, '`routes.revoke` must be a path such as "/revoke", or false, not "revoke".'],
    [{ callback: false }, '`routes.callback` must be a path such as "/oauth2callback", not false.'],
    [
      { authorize: "/oauth2callback" },
      '`routes.authorize` is "/oauth2callback", but another route of Scopegate has that path.',
    ],
    [{ revoke: "/signout" }, '`routes.signOut` is "/signout", but another route of Scopegate has that path.'],
  ])("reject %j", (option, message) => {
    expect(() => resolveRoutes(option as object, undefined, "https://app.example/oauth2callback")).toThrow(message);
  });
});
