import { AuthError } from "../errors/auth-error.ts";
import type { AuthErrorCode } from "../errors/auth-error.ts";
import { describeRefusal, tokenEndpointError } from "../google/error-responses.ts";
import type { HttpResponse } from "../google/http-attempt.ts";
import { parseObject } from "../google/untrusted-text.ts";

interface RefusalRule {
  /** The `error` of Google's response. */
  readonly error: string;
  /** Matches a part of its `error_description`. Default: every description. */
  readonly description?: RegExp;
  readonly code: AuthErrorCode;
}

/** Google's refusals of a signed assertion and our codes for them. The first rule that matches decides. */
const REFUSAL_RULES: readonly RefusalRule[] = [
  {
    error: "unauthorized_client",
    description: /unauthorized to retrieve access tokens using this method/i,
    code: "delegation_by_email",
  },
  { error: "unauthorized_client", code: "delegation_missing" },
  { error: "access_denied", code: "delegation_scope_denied" },
  { error: "invalid_client", code: "invalid_assertion" },
  { error: "invalid_grant", description: /not a valid email/i, code: "delegation_subject_unknown" },
  { error: "invalid_grant", description: /short-lived token|reasonable timeframe/i, code: "clock_skew" },
  { error: "invalid_grant", description: /invalid jwt signature/i, code: "service_key_rejected" },
  { error: "invalid_grant", code: "invalid_assertion" },
  { error: "invalid_scope", code: "service_scope_invalid" },
  { error: "disabled_client", code: "service_account_disabled" },
];

/** Milliseconds. The error mentions this machine's clock only if it differs from Google's by at least this much. */
const NOTICEABLE_DIFFERENCE = 60_000;

/**
 * The error for a token endpoint's refusal of an assertion (RFC 7523 section 3.1). Its message says how far this
 * machine's clock is off, since a wrong clock is a common cause.
 * @param assertion - a secret: the error never quotes it
 * @param now - milliseconds since the epoch
 */
export function assertionError(response: HttpResponse, assertion: string, now: number): AuthError {
  const { error, error_description: text } = parseObject(response.body) ?? {};
  const description = typeof text === "string" ? text : "";
  const rule = REFUSAL_RULES.find((each) => each.error === error && (each.description?.test(description) ?? true));
  if (rule === undefined) {
    return tokenEndpointError(response.status, response.body, { grant: "code", secrets: [assertion] });
  }
  const { detail, cause } = describeRefusal(response.status, response.body, [assertion]);
  const clock = describeClockDifference(response.header("date"), now);
  return new AuthError(rule.code, { detail: clock === undefined ? detail : `${detail}; ${clock}`, cause });
}

/** @param date - the header `Date` of Google's response */
function describeClockDifference(date: string | undefined, now: number): string | undefined {
  const serverTime = Date.parse(date ?? "");
  if (Number.isNaN(serverTime) || Math.abs(now - serverTime) < NOTICEABLE_DIFFERENCE) return undefined;
  const seconds = Math.round(Math.abs(now - serverTime) / 1_000);
  return `this machine's clock is ${seconds} seconds ${now > serverTime ? "ahead of" : "behind"} the server's`;
}
