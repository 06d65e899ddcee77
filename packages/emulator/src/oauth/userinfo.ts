import { bearerRealm, bearerToken } from "../http/bearer.ts";
import type { Exchange } from "../http/exchange.ts";
import { type HttpResponse, json, noStore } from "../http/responses.ts";
import { signInScopes } from "../protocol/scopes.ts";
import type { Google } from "../state/google.ts";
import { principalOf } from "../state/principal.ts";
import { profileClaims } from "./id-token.ts";

/** `GET` or `POST /v1/userinfo`: the claims that the access token's scopes include. */
export function userinfo(google: Google, exchange: Exchange): HttpResponse {
  const held = google.grants.accessToken(bearerToken(exchange) ?? "");
  const user = held && principalOf(google, held);
  if (!held || !user) {
    return reject(401, "invalid_request", "Invalid Credentials", `${bearerRealm}, error="invalid_token"`);
  }
  // Unconfirmed: Google's exact response to a token without sign-in scopes.
  if (held.scopes.isDisjointFrom(signInScopes)) {
    const challenge = `${bearerRealm}, error="insufficient_scope", scope="openid"`;
    return reject(403, "insufficient_scope", "The token has none of the sign-in scopes.", challenge);
  }
  return json(200, {
    sub: user.sub,
    ...profileClaims(google, user, held.scopes),
    ...(user.hd !== undefined && { hd: user.hd }),
  });
}

function reject(status: number, error: string, description: string, challenge: string): HttpResponse {
  const headers = { ...noStore, "www-authenticate": challenge };
  return json(status, { error, error_description: description }, headers);
}
