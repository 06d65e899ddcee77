import { describe, expect, it } from "vitest";
import { mountPathOf } from "../routes/mount-path.ts";

describe("the path that routers have taken off", () => {
  it.each([
    ["/google/drive?x=/drive", "/drive", "/google"],
    ["/a/b/drive", "/drive", "/a/b"],
    ["/google", "/", "/google"],
    ["/google/?x", "/", "/google"],
    ["/drive", "/drive", ""],
    ["/?x", "/", ""],
  ])("of %s, where %s is left, is %j", (originalUrl, path, mountPath) => {
    expect(mountPathOf(originalUrl, path)).toBe(mountPath);
  });

  it("is nothing where the path was rewritten", () => {
    expect(mountPathOf("/en/old", "/new")).toBe("");
  });
});
