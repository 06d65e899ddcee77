import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { authorizationError, tokenEndpointError } from "./error-responses.ts";

function json(error: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({ error, ...more });
}

describe("tokenEndpointError", () => {
  test.each([
    [400, "invalid_grant", "invalid_grant"],
    [401, "invalid_client", "invalid_client"],
    [400, "redirect_uri_mismatch", "redirect_uri_mismatch"],
    [400, "unauthorized_client", "unauthorized_client"],
    [401, "unauthorized_client", "unauthorized_client"],
    [400, "unsupported_grant_type", "unsupported_grant_type"],
    [400, "invalid_scope", "invalid_scope"],
    [400, "invalid_request", "invalid_request"],
    [401, "deleted_client", "deleted_client"],
    [401, "disabled_client", "disabled_client"],
    [400, "admin_policy_enforced", "admin_policy_enforced"],
    [403, "org_internal", "org_internal"],
    [403, "access_denied", "access_denied"],
    [400, "internal_failure", "temporarily_unavailable"],
    [400, "something_new", "invalid_response"],
    [401, "something_new", "invalid_client"],
    [400, "constructor", "invalid_response"],
    [500, "invalid_grant", "temporarily_unavailable"],
    [429, "invalid_grant", "temporarily_unavailable"],
  ] as const)("turns status %d and error %s into %s", (status, error, code) => {
    expect(tokenEndpointError(status, json(error), { grant: "code" }).code).toBe(code);
  });

  test.each([
    ["Google's 401", 401, '{"error":"invalid_client","error_description":"Unauthorized"}', "invalid_client"],
    ["a 401 without JSON", 401, "Unauthorized", "invalid_client"],
    ["a proxy's 401", 401, "<html>Proxy</html>", "invalid_response"],
    ["HTML", 400, "<!doctype html><title>Sorry</title>", "invalid_response"],
    ["an empty body", 404, "", "invalid_response"],
    ["an array", 400, '["invalid_grant"]', "invalid_response"],
    ["an error that is an object", 400, '{"error":{"code":400,"status":"INVALID_ARGUMENT"}}', "invalid_response"],
    ["HTML with the status 502", 502, "<html>Bad gateway</html>", "temporarily_unavailable"],
  ] as const)("handles %s", (_, status, body, code) => {
    expect(tokenEndpointError(status, body, { grant: "code" }).code).toBe(code);
  });

  describe("S31 at a refresh", () => {
    test("turns invalid_grant into reconnect_required", () => {
      const error = tokenEndpointError(
        400,
        json("invalid_grant", { error_description: "Token has been expired or revoked." }),
        {
          grant: "refresh",
        },
      );
      expect(error.code).toBe("reconnect_required");
      expect(error.message).toContain("HTTP 400 invalid_grant: Token has been expired or revoked.");
    });

    test.each([
      { error_subtype: "invalid_rapt", error_description: "reauth related error (invalid_rapt)" },
      { error_subtype: "invalid_rapt" },
      { error_subtype: "rapt_required" },
      { error_description: "reauth related error (invalid_rapt)" },
    ])("turns invalid_grant with %j into reauthentication_required", (more) => {
      expect(tokenEndpointError(400, json("invalid_grant", more), { grant: "refresh" }).code).toBe(
        "reauthentication_required",
      );
    });

    test("turns no other code into an error that ends the grant", () => {
      for (const error of ["invalid_client", "invalid_request", "unauthorized_client", "access_denied", "nonsense"]) {
        expect(tokenEndpointError(400, json(error), { grant: "refresh" }).code).not.toMatch(/^re/);
      }
    });
  });

  test("has the parsed body as its cause", () => {
    expect(tokenEndpointError(400, json("invalid_grant", { error_uri: "https://e" }), { grant: "code" }).cause).toEqual(
      {
        error: "invalid_grant",
        error_uri: "https://e",
      },
    );
  });

  test.each([
    { access_token: "CANARY" },
    { nested: [{ refresh_token: "CANARY" }] },
    { client_secret: "CANARY" },
    { token: "CANARY" },
  ])("S27 does not quote or keep a response with %j", (more) => {
    const error = tokenEndpointError(400, json("invalid_grant", more), { grant: "code" });
    expect(error.code).toBe("invalid_grant");
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain("CANARY");
  });

  test("S27 does not quote or keep a response that repeats a secret of the request, plain or encoded", () => {
    for (const echo of ["4/CANARY", "4%2FCANARY"]) {
      const body = json("invalid_request", { error_description: `bad request: code=${echo}` });
      const error = tokenEndpointError(400, body, { grant: "code", secrets: ["4/CANARY"] });
      expect(error.code).toBe("invalid_request");
      expect(inspect(error, { depth: null, showHidden: true })).not.toContain("CANARY");
    }
  });
});

describe("authorizationError", () => {
  test.each([
    ["access_denied", undefined, "access_denied"],
    ["admin_policy_enforced", undefined, "admin_policy_enforced"],
    ["disallowed_useragent", undefined, "disallowed_useragent"],
    ["org_internal", undefined, "org_internal"],
    ["invalid_client", undefined, "invalid_client"],
    ["deleted_client", undefined, "deleted_client"],
    ["disabled_client", undefined, "disabled_client"],
    ["redirect_uri_mismatch", undefined, "redirect_uri_mismatch"],
    ["invalid_request", undefined, "invalid_request"],
    ["invalid_scope", undefined, "invalid_scope"],
    ["unauthorized_client", undefined, "unauthorized_client"],
    ["login_required", undefined, "login_required"],
    ["interaction_required", undefined, "interaction_required"],
    ["interaction_required", "access_denied", "access_denied"],
    ["consent_required", undefined, "interaction_required"],
    ["account_selection_required", undefined, "interaction_required"],
    ["server_error", undefined, "temporarily_unavailable"],
    ["temporarily_unavailable", undefined, "temporarily_unavailable"],
    ["unsupported_response_type", undefined, "invalid_request"],
    ["something_new", undefined, "invalid_request"],
    ["__proto__", undefined, "invalid_request"],
    ["", undefined, "invalid_request"],
  ] as const)("turns %s (%s) into %s", (error, subtype, code) => {
    expect(authorizationError(error, undefined, subtype).code).toBe(code);
  });

  test("S14 quotes the error and its description in one line of limited length", () => {
    const error = authorizationError(
      `x\r\nSet-Cookie: a\u0000\u009b[31m\u202e\u2028${"y".repeat(500)}`,
      "and\tmore",
      undefined,
    );
    expect(error.message).toContain("x Set-Cookie: a [31m yyy");
    expect(error.message).toContain("…: and more");
    expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
    expect(error.message.length).toBeLessThan(500);
  });
});
