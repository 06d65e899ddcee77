import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { AuthError } from "../errors/auth-error.ts";
import { parseTokenResponse } from "./token-response.ts";

const GOOD = { access_token: "ya29.CANARY", token_type: "Bearer", expires_in: 3599 };

function parse(more: Record<string, unknown> = {}) {
  return parseTokenResponse(JSON.stringify({ ...GOOD, ...more }));
}

function rejection(body: string): AuthError {
  try {
    parseTokenResponse(body);
  } catch (error) {
    expect(error).toBeInstanceOf(AuthError);
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain("CANARY");
    return error as AuthError;
  }
  throw new Error("The response was accepted.");
}

describe("a token response", () => {
  test("is read with all its fields", () => {
    const response = parse({
      refresh_token: "1//CANARY",
      id_token: "a.b.c",
      scope: "openid https://www.googleapis.com/auth/userinfo.email",
      refresh_token_expires_in: 604_800,
    });
    expect(response.accessToken).toBe("ya29.CANARY");
    expect(response.refreshToken).toBe("1//CANARY");
    expect(response.idToken).toBe("a.b.c");
    expect(response.expiresIn).toBe(3599);
    expect(response.refreshTokenExpiresIn).toBe(604_800);
    expect(response.scopes).toEqual(["email", "openid"]);
  });

  test("may leave out the optional fields", () => {
    const response = parse();
    expect([response.refreshToken, response.idToken, response.refreshTokenExpiresIn]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("may have any case of Bearer, and a numeric string for expires_in", () => {
    expect(parse({ token_type: "bEARER", expires_in: "3599" }).expiresIn).toBe(3599);
    expect(parse({ expires_in: 0 }).expiresIn).toBe(0);
    expect(parse({ expires_in: 59.9 }).expiresIn).toBe(59);
  });

  test("without a scope differs from one with an empty scope", () => {
    expect(parse().scopes).toBeUndefined();
    expect(parse({ scope: null }).scopes).toBeUndefined();
    expect(parse({ scope: "" }).scopes).toEqual([]);
  });

  test("may have null or an empty string for an optional field", () => {
    expect(parse({ refresh_token: null }).refreshToken).toBeUndefined();
    expect(parse({ refresh_token: "" }).refreshToken).toBeUndefined();
    expect(parse({ id_token: null }).idToken).toBeUndefined();
    expect(parse({ refresh_token_expires_in: 0 }).refreshTokenExpiresIn).toBeUndefined();
    expect(parse({ refresh_token_expires_in: "never" }).refreshTokenExpiresIn).toBeUndefined();
  });

  test("may have the longer tokens of other issuers", () => {
    expect(parse({ access_token: "x".repeat(16 * 1024) }).accessToken).toHaveLength(16 * 1024);
  });
});

describe("S33 a response", () => {
  test.each([
    ["that is HTML", "<!doctype html><p>CANARY", "the body is HTML, not JSON"],
    ["that is empty", "", "the body is not a JSON object"],
    ["that is truncated", '{"access_token":"CANARY', "the body is not a JSON object"],
    ["that is an array", '[{"access_token":"CANARY"}]', "the body is not a JSON object"],
    ["that is null", "null", "the body is not a JSON object"],
  ])("%s is rejected", (_, body, detail) => {
    const error = rejection(body);
    expect(error.code).toBe("invalid_response");
    expect(error.message).toContain(detail);
  });

  test.each([
    ["access_token", undefined, "missing"],
    ["access_token", null, "missing"],
    ["access_token", "", "missing"],
    ["access_token", 7, "not a string"],
    ["access_token", { CANARY: 1 }, "not a string"],
    ["access_token", "CANARY\r\nX-Evil: 1", "printable ASCII"],
    ["access_token", "CANARY with a space", "printable ASCII"],
    ["access_token", "CANARY\u0000", "printable ASCII"],
    ["access_token", "CANARYé", "printable ASCII"],
    ["access_token", "x".repeat(16 * 1024 + 1), "longer than 16384"],
    ["refresh_token", "CANARY\n", "printable ASCII"],
    ["refresh_token", 7, "not a string"],
    ["id_token", ["CANARY"], "not a string"],
    ["id_token", "CANARY\t", "printable ASCII"],
    ["token_type", "mac", "not Bearer"],
    ["token_type", undefined, "not Bearer"],
    ["token_type", ["Bearer"], "not Bearer"],
    ["expires_in", undefined, "seconds"],
    ["expires_in", -1, "seconds"],
    ["expires_in", "-1", "seconds"],
    ["expires_in", "soon", "seconds"],
    ["expires_in", "", "seconds"],
    ["expires_in", null, "seconds"],
    ["expires_in", true, "seconds"],
    ["expires_in", 1e300, "seconds"],
    ["scope", ["openid"], "not a string"],
  ])("whose %s is %j is rejected without quoting it", (name, value, detail) => {
    const error = rejection(JSON.stringify({ ...GOOD, [name]: value }));
    expect(error.code).toBe("invalid_response");
    expect(error.message).toContain(name);
    expect(error.message).toContain(detail);
  });
});

test("S27 logs, JSON and copies of a token response do not show its tokens", () => {
  const response = parse({ refresh_token: "1//CANARY", id_token: "CANARY.b.c" });
  const shown = [
    inspect(response, { depth: null, showHidden: true, getters: true, showProxy: true }),
    inspect({ deep: [response] }, { depth: null }),
    JSON.stringify(response),
    JSON.stringify({ ...response }),
    JSON.stringify(Object.getOwnPropertyDescriptors(response)),
    JSON.stringify(structuredClone(response)),
  ];
  expect(shown.join()).not.toContain("CANARY");
  expect(shown[2]).toBe('{"expiresIn":3599}');
});
