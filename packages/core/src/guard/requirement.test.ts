import { describe, expect, it } from "vitest";
import { missingOf, scopeRequirement, signInRequirement } from "./requirement.ts";

const DRIVE = "https://www.googleapis.com/auth/drive";

describe("requirements", () => {
  it("accept scopes, aliases and options", () => {
    expect(scopeRequirement(["https://www.googleapis.com/auth/userinfo.email", DRIVE, { onMissing: "error" }])).toEqual(
      {
        allOf: ["email", DRIVE],
        anyOf: [],
        onMissing: "error",
      },
    );
    expect(scopeRequirement([{ anyOf: [DRIVE, `${DRIVE}.file`] }])).toMatchObject({
      allOf: [],
      anyOf: [DRIVE, `${DRIVE}.file`],
    });
    expect(signInRequirement()).toEqual({ allOf: [], anyOf: [], onMissing: "ask" });
  });

  it.each([
    [[]],
    [[{ onMissing: "ask" }]],
    [[""]],
    [["a,b"]],
    [[{ anyOf: [] }]],
    [[DRIVE, { anyOf: [DRIVE] }]],
    [[DRIVE, 7]],
    [[[DRIVE]]],
    [[DRIVE, { onMissing: "page" }]],
  ])("refuse %j at once", (args) => {
    expect(() => scopeRequirement(args as never)).toThrow(TypeError);
  });

  it("name the guard whose `onMissing` is wrong", () => {
    expect(() => signInRequirement({ onMissing: "page" as never })).toThrow(/^requireSignIn: `onMissing` must be/);
    expect(() => scopeRequirement([DRIVE, { onMissing: "page" }] as never)).toThrow(/^requireScopes: `onMissing`/);
  });

  it("compare whole scopes, not parts of them", () => {
    const requirement = scopeRequirement([`${DRIVE}.file`]);
    expect(missingOf(requirement, [DRIVE])).toEqual([`${DRIVE}.file`]);
    expect(missingOf(scopeRequirement([DRIVE]), [`${DRIVE}.file`])).toEqual([DRIVE]);
    expect(missingOf(requirement, ["openid", `${DRIVE}.file`])).toEqual([]);
  });

  it("are met by one of several scopes, and name the first if none is granted", () => {
    const requirement = scopeRequirement([{ anyOf: [DRIVE, "email"] }]);
    expect(missingOf(requirement, ["email"])).toEqual([]);
    expect(missingOf(requirement, ["openid"])).toEqual([DRIVE]);
  });
});
