import { expect, test } from "vitest";
import { describeScopes, SCOPE_DESCRIPTIONS } from "./scope-descriptions.ts";

const METADATA = "https://www.googleapis.com/auth/drive.metadata.readonly";

test("describeScopes describes a common scope in plain words", () => {
  expect(describeScopes([METADATA], SCOPE_DESCRIPTIONS)).toEqual([
    { scope: METADATA, description: "See the names and details of your files in Google Drive" },
  ]);
});

test("describeScopes describes an unknown scope by its name, also if Object.prototype has that name", () => {
  for (const scope of ["https://www.googleapis.com/auth/drive.metadata", "https://example.com/x", "constructor"]) {
    const [described] = describeScopes([scope], { [METADATA]: "Something else" });
    expect(described).toEqual({ scope, description: scope });
  }
});

test("describeScopes lists a repeated scope once", () => {
  expect(describeScopes(["openid", "email", "openid"], SCOPE_DESCRIPTIONS).map(({ scope }) => scope)).toEqual([
    "openid",
    "email",
  ]);
});

test("the long names of the sign-in scopes have the same descriptions as the short ones", () => {
  for (const name of ["email", "profile"]) {
    expect(SCOPE_DESCRIPTIONS[`https://www.googleapis.com/auth/userinfo.${name}`]).toBe(SCOPE_DESCRIPTIONS[name]);
  }
});
