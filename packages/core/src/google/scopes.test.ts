import { describe, expect, test } from "vitest";
import { canonicalScope, isSignInScope, missingScopes, parseGrantedScopes, parseScopes } from "./scopes.ts";

const API = "https://www.googleapis.com/auth";
const EMAIL = `${API}/userinfo.email`;
const PROFILE = `${API}/userinfo.profile`;
const DRIVE = `${API}/drive`;
const DRIVE_FILE = `${API}/drive.file`;

test("canonicalScope shortens the long names of email and profile, and no other name", () => {
  expect([EMAIL, PROFILE, "email", "openid", DRIVE].map(canonicalScope)).toEqual([
    "email",
    "profile",
    "email",
    "openid",
    DRIVE,
  ]);
});

test("isSignInScope accepts openid, and email and profile by either name", () => {
  expect(["openid", "email", "profile", EMAIL, PROFILE].every(isSignInScope)).toBe(true);
  expect([DRIVE, "Email", "emails", `${EMAIL}.x`, ""].some(isSignInScope)).toBe(false);
});

describe("parseScopes", () => {
  test("reads an array and a space-delimited string alike", () => {
    expect(parseScopes(["openid", EMAIL, DRIVE], "scopes")).toEqual(["openid", "email", DRIVE]);
    expect(parseScopes(`openid ${EMAIL} ${DRIVE}`, "scopes")).toEqual(["openid", "email", DRIVE]);
    expect(parseScopes(" openid  email ", "scopes")).toEqual(["openid", "email"]);
  });

  test("returns a frozen copy in the given order, without duplicates under either name", () => {
    const given = [DRIVE, "email", EMAIL, "openid", DRIVE];
    const scopes = parseScopes(given, "scopes");
    expect(scopes).toEqual([DRIVE, "email", "openid"]);
    expect(Object.isFrozen(scopes)).toBe(true);
    expect(given).toHaveLength(5);
  });

  test("distinguishes upper and lower case", () => {
    expect(parseScopes(["Email", "email"], "scopes")).toEqual(["Email", "email"]);
  });

  test.each([
    ["", /is empty/],
    ["   ", /is empty/],
    [[], /is empty/],
    [[""], /empty scope/],
    ["openid,email", /comma-separated/],
    ["openid, email", /comma-separated/],
    [["openid,email"], /comma-separated/],
    [["openid email"], /whitespace inside a scope/],
    ["openid\nemail", /whitespace inside a scope/],
    ["openid\temail", /whitespace inside a scope/],
    ['"openid"', /character that scopes cannot have/],
    ["a\\b", /character that scopes cannot have/],
    ["é", /character that scopes cannot have/],
    ["a\u0000b", /character that scopes cannot have/],
    [["openid", undefined], /not a string/],
    [[["openid"]], /not a string/],
    [undefined, /must be an array/],
    [null, /must be an array/],
    [new Set(["openid"]), /must be an array/],
  ])("rejects %j and names the option", (value, message) => {
    const attempt = () => parseScopes(value as never, "incrementalScopes");
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(/^incrementalScopes /);
    expect(attempt).toThrow(message);
  });
});

test("parseGrantedScopes returns a sorted set for any order, names and whitespace", () => {
  const expected = [DRIVE, "email", "openid"].toSorted();
  expect(parseGrantedScopes(`openid ${EMAIL} ${DRIVE}`)).toEqual(expected);
  expect(parseGrantedScopes(`\n${DRIVE}\t email  ${EMAIL} openid openid `)).toEqual(expected);
  expect(parseGrantedScopes("")).toEqual([]);
});

test("missingScopes compares whole names", () => {
  const granted = new Set(parseGrantedScopes(`${DRIVE_FILE} ${EMAIL}`));
  expect(missingScopes(granted, [DRIVE, DRIVE_FILE, `${API}/driv`, EMAIL, "email", "openid"])).toEqual([
    DRIVE,
    `${API}/driv`,
    "openid",
  ]);
  expect(missingScopes(granted, [])).toEqual([]);
  expect(missingScopes(new Set(), [PROFILE])).toEqual(["profile"]);
});
