import type { Exchange } from "../http/exchange.ts";
import { type HttpResponse, json } from "../http/responses.ts";
import { OAuthError, rejectRepeatedParameters } from "../protocol/oauth-error.ts";
import type { Google } from "../state/google.ts";

/**
 * `POST /revoke` with the token in the body. Google also accepts it in the query, where logs may keep it.
 *
 * Both kinds of tokens revoke the account's whole grant for the project, with every scope and every token of every
 * client.
 */
export function revoke(google: Google, { form, query }: Exchange): HttpResponse {
  rejectRepeatedParameters(form);
  const token = form.get("token") ?? query.get("token");
  if (!token) throw new OAuthError(400, "invalid_request", "Missing required parameter: token");
  const held = google.grants.accessToken(token) ?? google.grants.refreshToken(token);
  if (!held) throw new OAuthError(400, "invalid_token", "Token expired or revoked");
  // A service account cannot revoke the grant of a user. Unconfirmed: Google's response to such a token.
  if ("serviceAccount" in held && held.serviceAccount !== undefined) google.grants.drop(token);
  else google.grants.revoke(held.sub, held.projectId);
  return json(200, {});
}
