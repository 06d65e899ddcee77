import type { Google } from "../google.ts";
import { type Answer, bearerToken, type Exchange, json, notStored } from "../http/exchange.ts";
import { signInScopes } from "../scopes.ts";
import { principalOf } from "../service/principal.ts";
import { profileClaims } from "./id-token.ts";

const realm = 'Bearer realm="https://accounts.google.com/"';

/** `GET` or `POST /v1/userinfo`: the claims that the access token's scopes open. */
export function userinfo(google: Google, exchange: Exchange): Answer {
  const held = google.grants.accessToken(bearerToken(exchange) ?? "");
  const user = held && principalOf(google, held);
  if (!held || !user) {
    return refuse(401, "invalid_request", "Invalid Credentials", `${realm}, error="invalid_token"`);
  }
  // Unconfirmed: the exact answer of Google to a token with none of the sign-in scopes.
  if (held.scopes.isDisjointFrom(signInScopes)) {
    const challenge = `${realm}, error="insufficient_scope", scope="openid"`;
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
