import type { Google } from "../google.ts";
import { type Answer, type Exchange, json } from "../http/exchange.ts";
import { Refusal, refuseRepeated } from "../refusal.ts";

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
  google.grants.revoke(held.sub, held.projectId);
  return json(200, {});
}
