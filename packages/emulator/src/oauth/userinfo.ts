import { bearerRealm, bearerToken } from "../http/bearer.ts";
import type { Exchange } from "../http/exchange.ts";
import { type Answer, json, notStored } from "../http/responses.ts";
import { signInScopes } from "../protocol/scopes.ts";
import type { Google } from "../state/google.ts";
import { principalOf } from "../state/principal.ts";
import { profileClaims } from "./id-token.ts";

/** `GET` or `POST /v1/userinfo`: the claims that the access token's scopes open. */
export function userinfo(google: Google, exchange: Exchange): Answer {
  const held = google.grants.accessToken(bearerToken(exchange) ?? "");
  const user = held && principalOf(google, held);
  if (!held || !user) {
    return refuse(401, "invalid_request", "Invalid Credentials", `${bearerRealm}, error="invalid_token"`);
  }
  // Unconfirmed: the exact answer of Google to a token with none of the sign-in scopes.
  if (held.scopes.isDisjointFrom(signInScopes)) {
    const challenge = `${bearerRealm}, error="insufficient_scope", scope="openid"`;
    return refuse(403, "insufficient_scope", "The token has none of the sign-in scopes.", challenge);
  }
  return json(200, {
    sub: user.sub,
    ...profileClaims(google, user, held.scopes),
    ...(user.hd !== undefined && { hd: user.hd }),
  });
}

function refuse(status: number, error: string, description: string, challenge: string): Answer {
  const headers = { ...notStored, "www-authenticate": challenge };
  return json(status, { error, error_description: description }, headers);
}
