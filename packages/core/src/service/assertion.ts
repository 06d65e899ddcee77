import { AuthError } from "../errors/auth-error.ts";
import type { HttpResponse } from "../google/http-attempt.ts";
import type { HttpClient } from "../google/http-client.ts";
import { parseTokenResponse } from "../google/token-response.ts";
import { parseObject } from "../google/untrusted-text.ts";
import { assertionError } from "./assertion-error.ts";
import type { IssuedToken } from "./credentials.ts";

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/** Seconds that an assertion is valid: the longest lifetime that Google accepts. */
const ASSERTION_LIFETIME = 3_600;

/**
 * The claims `iat` and `exp` of an assertion that is valid from now on, in whole seconds since the epoch.
 * @param now - milliseconds since the epoch
 */
export function assertionTimes(now: number): { readonly iat: number; readonly exp: number } {
  const iat = Math.floor(now / 1_000);
  return { iat, exp: iat + ASSERTION_LIFETIME };
}

/** A token endpoint that accepts signed assertions, and the means to call it. */
export interface AssertionEndpoint {
  readonly request: HttpClient;
  readonly now: () => number;
  readonly url: string;
}

/** Exchanges a signed assertion for an access token (RFC 7523 section 2.1). */
export async function exchangeForAccessToken(endpoint: AssertionEndpoint, assertion: string): Promise<IssuedToken> {
  const { response, issuedAt } = await exchange(endpoint, assertion);
  const { accessToken, expiresIn } = parseTokenResponse(response.body);
  return { token: accessToken, issuedAt, expiresAt: issuedAt + expiresIn * 1_000 };
}

/** Exchanges a signed assertion that has the claim `target_audience` for an ID token. */
export async function exchangeForIdToken(endpoint: AssertionEndpoint, assertion: string): Promise<IssuedToken> {
  const { response, issuedAt } = await exchange(endpoint, assertion);
  return readIdToken(parseObject(response.body)?.["id_token"], issuedAt);
}

async function exchange(
  { request, now, url }: AssertionEndpoint,
  assertion: string,
): Promise<{ readonly response: HttpResponse; readonly issuedAt: number }> {
  const issuedAt = now();
  // Google accepts the same assertion again, so the request may be repeated.
  const response = await request({ url, form: { grant_type: JWT_BEARER, assertion }, replay: "safe" });
  if (response.status !== 200) throw assertionError(response, assertion, now());
  return { response, issuedAt };
}

/**
 * Reads when an ID token expires. The token is not verified: Google sent it over a connection that this process opened,
 * and only the recipient relies on its claims.
 * @param issuedAt - when it was requested, in milliseconds since the epoch
 * @throws AuthError `invalid_response`
 */
export function readIdToken(token: unknown, issuedAt: number): IssuedToken {
  const payload = typeof token === "string" && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token) ? token.split(".")[1]! : "";
  const { exp, iat } = parseObject(Buffer.from(payload, "base64url").toString("utf8")) ?? {};
  if (typeof exp !== "number") throw new AuthError("invalid_response", { detail: "the response contains no ID token" });
  // Both times are by Google's clock. If this machine's clock is behind, the lifetime says when the token expires here.
  const lifetime = typeof iat === "number" ? exp - iat : Infinity;
  return { token: token as string, issuedAt, expiresAt: Math.min(exp * 1_000, issuedAt + lifetime * 1_000) };
}
