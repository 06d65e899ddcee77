import { bearerToken } from "../http/bearer.ts";
import type { Exchange } from "../http/exchange.ts";
import { type HttpResponse, json } from "../http/responses.ts";
import { OAuthError } from "../protocol/oauth-error.ts";
import { emailScope, formatScopes } from "../protocol/scopes.ts";
import type { JsonObject } from "../signing/jwt.ts";
import type { Google } from "../state/google.ts";
import { principalOf } from "../state/principal.ts";

const invalid = () => new OAuthError(400, "invalid_token", "Invalid Value");

/** `GET` or `POST /tokeninfo`: describes a token, for debugging. */
export function tokeninfo(google: Google, exchange: Exchange): HttpResponse {
  const parameter = (name: string) => exchange.form.get(name) ?? exchange.query.get(name);
  const idToken = parameter("id_token");
  if (idToken !== null) return json(200, inStrings(describeIdToken(google, idToken)));
  const accessToken = parameter("access_token") ?? bearerToken(exchange);
  if (!accessToken) throw new OAuthError(400, "invalid_request", "Missing required parameter: access_token");
  return json(200, inStrings(describeAccessToken(google, accessToken)));
}

function describeAccessToken(google: Google, token: string): JsonObject {
  const held = google.grants.accessToken(token);
  const user = held && principalOf(google, held);
  if (!held || !user) throw invalid();
  const { email, emailVerified = true } = user;
  return {
    azp: held.clientId,
    aud: held.clientId,
    ...(held.scopes.has("openid") && { sub: held.sub }),
    scope: formatScopes(held.scopes),
    exp: Math.floor(held.expiresAt / 1000),
    expires_in: Math.floor((held.expiresAt - google.clock.now()) / 1000),
    ...(held.scopes.has(emailScope) && { email, email_verified: emailVerified }),
    access_type: held.accessType,
  };
}

function describeIdToken(google: Google, token: string): JsonObject {
  const verified = google.keys.verify(token);
  if (!verified || Number(verified.claims["exp"]) * 1000 <= google.clock.now()) throw invalid();
  return { ...verified.claims, ...verified.header };
}

/** All values of this endpoint's response are strings, including numbers and booleans. */
function inStrings(values: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
