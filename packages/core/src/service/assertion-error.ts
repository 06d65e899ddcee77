import { AuthError } from "../errors/auth-error.ts";
import type { AuthErrorCode } from "../errors/auth-error.ts";
import { describeRefusal, tokenEndpointError } from "../google/error-responses.ts";
import type { HttpResponse } from "../google/http-attempt.ts";
import { parseObject } from "../google/untrusted-text.ts";

/** What Google's refusals of a signed assertion mean: `error`, a part of `error_description`, our code. First match. */
const MEANINGS: readonly (readonly [error: string, description: RegExp, code: AuthErrorCode])[] = [
  ["unauthorized_client", /unauthorized to retrieve access tokens using this method/i, "delegation_by_email"],
  ["unauthorized_client", /(?:)/, "delegation_missing"],
  ["access_denied", /(?:)/, "delegation_scope_denied"],
  ["invalid_client", /(?:)/, "invalid_assertion"],
  ["invalid_grant", /not a valid email/i, "delegation_subject_unknown"],
  ["invalid_grant", /short-lived token|reasonable timeframe/i, "clock_skew"],
  ["invalid_grant", /invalid jwt signature/i, "service_key_rejected"],
  ["invalid_grant", /(?:)/, "invalid_assertion"],
  ["invalid_scope", /(?:)/, "service_scope_invalid"],
  ["disabled_client", /(?:)/, "service_account_disabled"],
];

/** A clock that is off by more than this is worth a word, in milliseconds. */
const NOTICEABLE = 60_000;

/**
 * The error of a token endpoint that refused an assertion (RFC 7523 section 3.1), with the remedy that Google's
 * documents give, and a word on this machine's clock where it differs from the server's.
 * @param assertion - never quoted
 */
export function assertionError(answer: HttpResponse, assertion: string, now: number): AuthError {
  const parsed = parseObject(answer.body);
  const [error, description] = [parsed?.["error"], parsed?.["error_description"]].map((value) =>
    typeof value === "string" ? value : "",
  );
  const code = MEANINGS.find(([wire, pattern]) => wire === error && pattern.test(description!))?.[2];
  if (code === undefined) {
    return tokenEndpointError(answer.status, answer.body, { grant: "code", secrets: [assertion] });
  }
  const { detail, cause } = describeRefusal(answer.status, answer.body, [assertion]);
  const hint = clockHint(answer.header("date"), now);
  return new AuthError(code, { detail: hint === undefined ? detail : `${detail}; ${hint}`, cause });
}

/** How far this machine's clock is from the server's, by the `Date` of its answer. */
function clockHint(date: string | undefined, now: number): string | undefined {
  const theirs = Date.parse(date ?? "");
  if (Number.isNaN(theirs) || Math.abs(now - theirs) < NOTICEABLE) return undefined;
  const seconds = Math.round(Math.abs(now - theirs) / 1_000);
  return `this machine's clock is ${seconds} seconds ${now > theirs ? "ahead of" : "behind"} the server's`;
}
