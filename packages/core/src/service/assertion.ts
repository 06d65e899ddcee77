import { AuthError } from "../errors/auth-error.ts";
import type { HttpResponse } from "../google/http-attempt.ts";
import type { HttpClient } from "../google/http-client.ts";
import { parseTokenResponse } from "../google/token-response.ts";
import { parseObject } from "../google/untrusted-text.ts";
import { assertionError } from "./assertion-error.ts";
import type { Issued } from "./credentials.ts";

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/** Seconds that an assertion lives: the most that Google takes. */
const ASSERTION_LIFETIME = 3_600;

/** `iat` and `exp` of an assertion that begins now, in whole seconds. */
export function lifetimeFrom(now: number): { readonly iat: number; readonly exp: number } {
  const iat = Math.floor(now / 1_000);
  return { iat, exp: iat + ASSERTION_LIFETIME };
}

/** What exchanging assertions needs. */
export interface Exchanger {
  readonly request: HttpClient;
  readonly now: () => number;
  readonly tokenUri: string;
}

/** Exchanges a signed assertion for an access token (RFC 7523 section 2.1). */
export async function exchangeForAccessToken(exchanger: Exchanger, assertion: string): Promise<Issued> {
  const { answer, issuedAt } = await exchange(exchanger, assertion);
  const { accessToken, expiresIn } = parseTokenResponse(answer.body);
  return { token: accessToken, issuedAt, expiresAt: issuedAt + expiresIn * 1_000 };
}

/** Exchanges a signed assertion that has the claim `target_audience` for an ID token. */
export async function exchangeForIdToken(exchanger: Exchanger, assertion: string): Promise<Issued> {
  const { answer, issuedAt } = await exchange(exchanger, assertion);
  return idTokenOf(parseObject(answer.body)?.["id_token"], issuedAt);
}

async function exchange(
  { request, now, tokenUri }: Exchanger,
  assertion: string,
): Promise<{ readonly answer: HttpResponse; readonly issuedAt: number }> {
  const issuedAt = now();
  // The same assertion twice gives two tokens, and harms nobody.
  const answer = await request({ url: tokenUri, form: { grant_type: JWT_BEARER, assertion }, replay: "safe" });
  if (answer.status !== 200) throw assertionError(answer, assertion, now());
  return { answer, issuedAt };
}

/**
 * An ID token that Google gave over its own connection: its end is read, and nothing of it is trusted here.
 * @throws AuthError `invalid_response`
 */
export function idTokenOf(token: unknown, issuedAt: number): Issued {
  const payload = typeof token === "string" && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token) ? token.split(".")[1]! : "";
  const { exp, iat } = parseObject(Buffer.from(payload, "base64url").toString("utf8")) ?? {};
  if (typeof exp !== "number") throw new AuthError("invalid_response", { detail: "there is no ID token in it" });
  // Both are by Google's clock: if this machine's is behind, the token's own length of life tells when it ends here.
  const lifetime = typeof iat === "number" ? exp - iat : Infinity;
  return { token: token as string, issuedAt, expiresAt: Math.min(exp * 1_000, issuedAt + lifetime * 1_000) };
}
