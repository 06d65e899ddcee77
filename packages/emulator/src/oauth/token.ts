import { type Exchange, isForm } from "../http/exchange.ts";
import { type Answer, json } from "../http/responses.ts";
import { Refusal, refuseRepeated, requireParameter } from "../protocol/refusal.ts";
import { exchangeAssertion, jwtBearer } from "../service/assertion.ts";
import type { Google } from "../state/google.ts";
import { exchangeCode } from "./authorization-code-grant.ts";
import { authenticateClient } from "./client-authentication.ts";
import { refresh } from "./refresh-token-grant.ts";

/** `POST /token`, form-encoded (RFC 6749 section 4.1.3). */
export function token(google: Google, exchange: Exchange): Answer {
  if (!isForm(exchange)) {
    throw new Refusal(400, "invalid_request", "The body must be application/x-www-form-urlencoded.");
  }
  const { form } = exchange;
  refuseRepeated(form);
  const grantType = requireParameter(form, "grant_type");
  // An assertion is its own proof of who sends it: no client authenticates.
  if (grantType === jwtBearer) return json(200, exchangeAssertion(google, form));
  const exchangeGrant = { authorization_code: exchangeCode, refresh_token: refresh }[grantType];
  if (!exchangeGrant) {
    throw new Refusal(400, "unsupported_grant_type", `Invalid grant_type: ${grantType}`);
  }
  return json(200, exchangeGrant(google, authenticateClient(google, exchange), form));
}
