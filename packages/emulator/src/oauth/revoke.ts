import type { Exchange } from "../http/exchange.ts";
import { type Answer, json } from "../http/responses.ts";
import { Refusal, refuseRepeated } from "../protocol/refusal.ts";
import type { Google } from "../state/google.ts";

/**
 * `POST /revoke`, the token in the body or (Google takes it, logs keep it) in the query.
 *
 * Whichever token it is, the account's whole grant for the project ends: every scope, every token,
 * of every client.
 */
export function revoke(google: Google, { form, query }: Exchange): Answer {
  refuseRepeated(form);
  const token = form.get("token") ?? query.get("token");
  if (!token) throw new Refusal(400, "invalid_request", "Missing required parameter: token");
  const held = google.grants.accessToken(token) ?? google.grants.refreshToken(token);
  if (!held) throw new Refusal(400, "invalid_token", "Token expired or revoked");
  // What a user granted is not a service account's to end. Unconfirmed: Google's answer to such a token.
  if ("serviceAccount" in held && held.serviceAccount !== undefined) google.grants.drop(token);
  else google.grants.revoke(held.sub, held.projectId);
  return json(200, {});
}
