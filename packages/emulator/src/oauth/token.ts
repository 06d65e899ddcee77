import { type Exchange, isForm } from "../http/exchange.ts";
import { type HttpResponse, json } from "../http/responses.ts";
import { OAuthError, rejectRepeatedParameters, requireParameter } from "../protocol/oauth-error.ts";
import { exchangeAssertion, jwtBearer } from "../service/assertion.ts";
import type { Google } from "../state/google.ts";
import { exchangeCode } from "./authorization-code-grant.ts";
import { authenticateClient } from "./client-authentication.ts";
import { refresh } from "./refresh-token-grant.ts";

/** The grants that need client authentication. A map, since an object would also have members such as `constructor`. */
const GRANTS = new Map([
  ["authorization_code", exchangeCode],
  ["refresh_token", refresh],
]);

/** `POST /token` with a form-encoded body (RFC 6749 section 4.1.3). */
export function token(google: Google, exchange: Exchange): HttpResponse {
  if (!isForm(exchange)) {
    throw new OAuthError(400, "invalid_request", "The body must be application/x-www-form-urlencoded.");
  }
  const { form } = exchange;
  rejectRepeatedParameters(form);
  const grantType = requireParameter(form, "grant_type");
  // A signed assertion proves the sender's identity, so no client authentication is needed.
  if (grantType === jwtBearer) return json(200, exchangeAssertion(google, form));
  const exchangeGrant = GRANTS.get(grantType);
  if (exchangeGrant === undefined) {
    throw new OAuthError(400, "unsupported_grant_type", `Invalid grant_type: ${grantType}`);
  }
  return json(200, exchangeGrant(google, authenticateClient(google, exchange), form));
}
