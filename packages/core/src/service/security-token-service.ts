import { AuthError } from "../errors/auth-error.ts";
import { describeRefusal } from "../google/error-responses.ts";
import type { HttpClient } from "../google/http-client.ts";
import { parseTokenResponse } from "../google/token-response.ts";
import type { Issued } from "./credentials.ts";

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
export const ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token";

/** An exchange of one token for another (RFC 8693 section 2.1). */
export interface TokenExchange {
  readonly subjectToken: string;
  readonly subjectTokenType: string;
  readonly audience?: string | undefined;
  readonly scopes?: readonly string[];
  /** Google's own, as an object. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Headers by which the client authenticates, if it does. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What else of the request must not be quoted, beside the token. */
  readonly secrets?: readonly string[];
  /** When the new token ends, if the answer does not say: milliseconds since the epoch. */
  readonly expiresAt?: number | undefined;
}

/**
 * Exchanges a token at Google's Security Token Service.
 * @throws AuthError `federation_refused`, `temporarily_unavailable`, `invalid_response`
 */
export async function exchangeToken(
  { request, now, url }: { readonly request: HttpClient; readonly now: () => number; readonly url: string },
  exchange: TokenExchange,
): Promise<Issued> {
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
  const answer = await request({ url, form, headers, replay: "safe" });
  if (answer.status !== 200) {
    throw new AuthError("federation_refused", describeRefusal(answer.status, answer.body, [subjectToken, ...secrets]));
  }
  const left = expiresAt === undefined ? {} : { expiresIn: Math.max(0, Math.floor((expiresAt - issuedAt) / 1_000)) };
  const { accessToken, expiresIn } = parseTokenResponse(answer.body, left);
  return { token: accessToken, issuedAt, expiresAt: issuedAt + expiresIn * 1_000 };
}

/** `client_secret_basic` (RFC 6749 section 2.3.1), which these endpoints want. */
export function basicAuthentication(clientId: string, clientSecret: string): Readonly<Record<string, string>> {
  const form = (text: string) => new URLSearchParams([[text, ""]]).toString().slice(0, -1);
  return {
    authorization: `Basic ${Buffer.from(`${form(clientId)}:${form(clientSecret)}`).toString("base64")}`,
  };
}
