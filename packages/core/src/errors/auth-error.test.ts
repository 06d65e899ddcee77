import { describe, expect, it } from "vitest";
import { AuthError, toAuthError } from "./auth-error.ts";
import type { AuthErrorCode } from "./auth-error.ts";
import { ERROR_TABLE } from "./error-table.ts";

describe("AuthError", () => {
  it("has the members that frameworks read: status, expose, headers", () => {
    const error = new AuthError("temporarily_unavailable", { retryAfter: 7.2, cause: new Error("socket") });
    expect(error).toMatchObject({ name: "AuthError", status: 503, expose: false, headers: { "Retry-After": "8" } });
    expect(new AuthError("store_unavailable").headers["Retry-After"]).toBe("5");
    expect(new AuthError("insufficient_scope")).toMatchObject({ status: 403, expose: true, headers: {} });
  });

  it("has code, missing scopes and authorize URL in its JSON, but not message and cause", () => {
    const error = new AuthError("insufficient_scope", {
      missing: ["a"],
      authorizeUrl: "https://app.example/authorize",
      detail: "in detail",
      cause: new Error("the cause"),
    });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      error: "insufficient_scope",
      missing: ["a"],
      authorizeUrl: "https://app.example/authorize",
    });
  });

  it("is returned by toAuthError as it is, while other values become its cause", () => {
    const own = new AuthError("invalid_grant");
    expect(toAuthError(own, "internal_error")).toBe(own);
    expect(toAuthError("text", "internal_error")).toMatchObject({ code: "internal_error", cause: "text" });
  });

  it.each(Object.keys(ERROR_TABLE) as AuthErrorCode[])("has meaning, remedy and texts for users for %s", (code) => {
    const { meaning, remedy, user, status } = ERROR_TABLE[code];
    for (const text of [meaning, remedy, user.title, user.text]) expect(text).toMatch(/^\S.{5,}/);
    expect(meaning).toMatch(/\.$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(504);
  });
});
