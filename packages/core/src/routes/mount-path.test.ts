import { describe, expect, it } from "vitest";
import { checkMount, mountPathOf, mountPointOf } from "./mount-path.ts";

describe("mountPathOf", () => {
  it.each([
    ["/google/drive?x=/drive", "/drive", "/google"],
    ["/a/b/drive", "/drive", "/a/b"],
    ["/google", "/", "/google"],
    ["/google/?x", "/", "/google"],
    ["/drive", "/drive", ""],
    ["/?x", "/", ""],
  ])("for %s with the rest %s returns %j", (originalUrl, path, mountPath) => {
    expect(mountPathOf(originalUrl, path)).toBe(mountPath);
  });

  it("returns nothing for a rewritten path", () => {
    expect(mountPathOf("/en/old", "/new")).toBe("");
  });
});

describe("mountPointOf", () => {
  it.each([
    ["/drive", "", "/oauth2callback", ""],
    ["/google/drive", "/google", "/google/oauth2callback", "/google"],
    ["/google", "/google", "/google/oauth2callback", "/google"],
    ["/google/drive", "/google", "/oauth2callback", "/google"],
    ["/drive", "/drive", "/oauth2callback", ""],
    ["/drive/?x=/y", "/drive", "/oauth2callback", ""],
    ["/oauth2callback?code=1", "/oauth2callback", "/oauth2callback", ""],
    ["/%zz", "/%zz", "/oauth2callback", ""],
  ])("for %s without %j, with the callback %s, is %j", (url, removed, callback, expected) => {
    expect(mountPointOf(url, removed, callback)).toBe(expected);
  });
});

describe("checkMount", () => {
  it.each([
    ["/google", "/google/oauth2callback"],
    ["/Google", "/google/oauth2callback"],
    ["/%67oogle", "/google/oauth2callback"],
  ])("accepts the mount path %s for the callback %s", (mountPath, callback) => {
    expect(() => checkMount(mountPath, callback)).not.toThrow();
  });

  it.each(["/oauth2callback", "/googleplus/oauth2callback", "/google"])(
    "rejects the mount path /google for the callback %s, and says how to mount",
    (callback) => {
      expect(() => checkMount("/google", callback)).toThrow(
        /Register a redirect URI below \/google, or mount .* `basePath: "\/google"`/,
      );
    },
  );
});
