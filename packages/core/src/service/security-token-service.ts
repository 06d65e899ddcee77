import { AuthError } from "../errors/auth-error.ts";
import { describeRefusal } from "../google/error-responses.ts";
import type { HttpClient } from "../google/http-client.ts";
import { parseTokenResponse } from "../google/token-response.ts";
import type { IssuedToken } from "./credentials.ts";

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
export const ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token";

/** The parameters of a token exchange (RFC 8693 section 2.1). */
export interface TokenExchange {
  readonly subjectToken: string;
  readonly subjectTokenType: string;
  readonly audience?: string | undefined;
  readonly scopes?: readonly string[];
  /** Google's own parameter `options`, which is sent as JSON. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Headers that authenticate the client, if there is one. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Secrets of the request that errors must not quote, in addition to the subject token. */
  readonly secrets?: readonly string[];
  /** When the new token expires if the response does not say so, in milliseconds since the epoch. */
  readonly expiresAt?: number | undefined;
}

/**
 * Exchanges a token at Google's Security Token Service:
 * https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 * @throws AuthError `federation_refused`, `temporarily_unavailable`, `invalid_response`
 */
export async function exchangeToken(
  { request, now, url }: { readonly request: HttpClient; readonly now: () => number; readonly url: string },
  exchange: TokenExchange,
): Promise<IssuedToken> {
  const {
    subjectToken,
    subjectTokenType,
    audience,
    scopes = [],
    options,
    headers = {},
    secrets = [],
    expiresAt,
  } = exchange;
  const issuedAt = now();
  const form = {
    grant_type: TOKEN_EXCHANGE,
    requested_token_type: ACCESS_TOKEN_TYPE,
    subject_token_type: subjectTokenType,
    subject_token: subjectToken,
    ...(audience !== undefined && { audience }),
    ...(scopes.length > 0 && { scope: scopes.join(" ") }),
    ...(options !== undefined && { options: JSON.stringify(options) }),
  };
  const response = await request({ url, form, headers, replay: "safe" });
  if (response.status !== 200) {
    const refusal = describeRefusal(response.status, response.body, [subjectToken, ...secrets]);
    throw new AuthError("federation_refused", refusal);
  }
  const defaults =
    expiresAt === undefined ? {} : { expiresIn: Math.max(0, Math.floor((expiresAt - issuedAt) / 1_000)) };
  const { accessToken, expiresIn } = parseTokenResponse(response.body, defaults);
  return { token: accessToken, issuedAt, expiresAt: issuedAt + expiresIn * 1_000 };
}

/** The header of `client_secret_basic` (RFC 6749 section 2.3.1), which the endpoints of federation require. */
export function basicAuthentication(clientId: string, clientSecret: string): Readonly<Record<string, string>> {
  const formEncode = (text: string) => new URLSearchParams([[text, ""]]).toString().slice(0, -1);
  return {
    authorization: `Basic ${Buffer.from(`${formEncode(clientId)}:${formEncode(clientSecret)}`).toString("base64")}`,
  };
}
