import { invalidGrant, OAuthError, requireParameter } from "../protocol/oauth-error.ts";
import { paths } from "../protocol/paths.ts";
import { canonicalScope, isScope, splitScopes } from "../protocol/scopes.ts";
import { decodeJwt, type JsonObject } from "../signing/jwt.ts";
import type { Google } from "../state/google.ts";
import type { ServiceAccount } from "../state/service-account.ts";
import { issueServiceToken } from "./access-token.ts";
import { delegatedUser } from "./delegation.ts";
import { serviceIdToken } from "./id-token.ts";

export const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** In seconds: the accepted difference between Google's clock and the client's. */
const skew = 300;
const maximumLifetime = 3600 + skew;

/**
 * Google's addresses of this endpoint. Some clients always use one of them as the audience, even with another address.
 */
const googleAudiences = [
  "https://oauth2.googleapis.com/token",
  "https://www.googleapis.com/oauth2/v4/token",
  "https://accounts.google.com/o/oauth2/token",
];

/**
 * Exchanges a signed assertion for an access token (RFC 7523 section 2.1), or for an ID token if it has a
 * `target_audience`. Google describes both in "Using OAuth 2.0 for Server to Server Applications".
 */
export function exchangeAssertion(google: Google, form: URLSearchParams): object {
  const assertion = requireParameter(form, "assertion");
  const claims = readClaims(assertion);
  const account = issuerOf(google, claims);
  if (!account.hasSigned(assertion)) throw invalidJwt(" Signature.");
  checkAudience(google, claims["aud"]);
  checkTimes(google, claims);

  const audience = claims["target_audience"];
  if (audience !== undefined) {
    if (typeof audience !== "string" || audience === "") throw invalidScope();
    return { id_token: serviceIdToken(google, account, { audience, email: true }) };
  }
  const scopes = readScopes(claims["scope"]);
  const user = delegatedUser(google, account, claims["sub"], scopes);
  const lifetime = google.settings.accessTokenLifetime;
  const accessToken = issueServiceToken(google, account, { scopes, lifetime, sub: user?.sub });
  // Google's response has no `scope` here.
  return { access_token: accessToken, expires_in: lifetime, token_type: "Bearer" };
}

function invalidJwt(rest: string): OAuthError {
  return invalidGrant(`Invalid JWT${rest}`);
}

function invalidScope(): OAuthError {
  return new OAuthError(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.");
}

function readClaims(assertion: string): JsonObject {
  try {
    const { claims } = decodeJwt(assertion);
    if (assertion.split(".").length === 3 && typeof claims === "object" && claims !== null) return claims;
  } catch {
    // The error below covers text that is not a JWT.
  }
  // Unconfirmed: Google's text for an assertion that is not a JWT.
  throw invalidGrant("Bad Request");
}

function issuerOf(google: Google, { iss }: JsonObject): ServiceAccount {
  // Unconfirmed: which of its two errors Google returns for an issuer that is not an e-mail address.
  if (typeof iss !== "string" || !iss.includes("@")) {
    throw new OAuthError(401, "invalid_client", "The OAuth client was not found.");
  }
  const account = google.serviceAccounts.find(iss);
  if (!account) throw invalidGrant("Invalid grant: account not found");
  if (account.status === "disabled") throw new OAuthError(401, "disabled_client", "The OAuth client was disabled.");
  return account;
}

function checkAudience(google: Google, audience: unknown): void {
  const expected = google.url + paths.token;
  if (audience !== expected && !googleAudiences.some((known) => known === audience)) {
    throw invalidJwt(`: Failed audience check. The right audience is ${expected}`);
  }
}

function checkTimes(google: Google, { iat, exp }: JsonObject): void {
  const now = google.clock.now() / 1000;
  const inOrder =
    typeof iat === "number" &&
    typeof exp === "number" &&
    iat <= now + skew &&
    exp >= iat &&
    exp - iat <= maximumLifetime &&
    exp > now - skew;
  if (!inOrder) {
    const rule = "Token must be a short-lived token (60 minutes) and in a reasonable timeframe.";
    throw invalidJwt(`: ${rule} Check your iat and exp values in the JWT claim.`);
  }
}

/** Spaces delimit the scopes. A list with commas is one unknown scope. */
function readScopes(scope: unknown): ReadonlySet<string> {
  const scopes = typeof scope === "string" ? splitScopes(scope) : [];
  if (scopes.length === 0 || !scopes.every(isScope)) throw invalidScope();
  return new Set(scopes.map(canonicalScope));
}
