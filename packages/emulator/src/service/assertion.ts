import { paths } from "../protocol/paths.ts";
import { invalidGrant, Refusal, requireParameter } from "../protocol/refusal.ts";
import { canonicalScope, isScope, splitScopes } from "../protocol/scopes.ts";
import { decodeJwt, type JsonObject } from "../signing/jwt.ts";
import type { Google } from "../state/google.ts";
import type { ServiceAccount } from "../state/service-account.ts";
import { issueServiceToken } from "./access-token.ts";
import { delegatedUser } from "./delegation.ts";
import { serviceIdToken } from "./id-token.ts";

export const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** Google's clock and the client's may differ by so much, in seconds: the five of the 65 minutes. */
const skew = 300;
const longest = 3600 + skew;

/** Google's own addresses of this endpoint: clients exist that name one of them, whatever address they post to. */
const googleAudiences = [
  "https://oauth2.googleapis.com/token",
  "https://www.googleapis.com/oauth2/v4/token",
  "https://accounts.google.com/o/oauth2/token",
];

/**
 * A signed assertion for an access token (RFC 7523 section 2.1), or with `target_audience` for an ID
 * token: "Using OAuth 2.0 for Server to Server Applications".
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
  // Google's answer has no `scope` here.
  return { access_token: accessToken, expires_in: lifetime, token_type: "Bearer" };
}

function invalidJwt(rest: string): Refusal {
  return invalidGrant(`Invalid JWT${rest}`);
}

function invalidScope(): Refusal {
  return new Refusal(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.");
}

function readClaims(assertion: string): JsonObject {
  try {
    const { claims } = decodeJwt(assertion);
    if (assertion.split(".").length === 3 && typeof claims === "object" && claims !== null) return claims;
  } catch {
    // Not a JWT, as below.
  }
  // Unconfirmed: Google's words for an assertion that is no JWT at all.
  throw invalidGrant("Bad Request");
}

function issuerOf(google: Google, { iss }: JsonObject): ServiceAccount {
  // Unconfirmed: which of its two answers Google gives to an issuer that is no e-mail address.
  if (typeof iss !== "string" || !iss.includes("@")) {
    throw new Refusal(401, "invalid_client", "The OAuth client was not found.");
  }
  const account = google.serviceAccounts.find(iss);
  if (!account) throw invalidGrant("Invalid grant: account not found");
  if (account.status === "disabled") throw new Refusal(401, "disabled_client", "The OAuth client was disabled.");
  return account;
}

function checkAudience(google: Google, audience: unknown): void {
  const right = google.url + paths.token;
  if (audience !== right && !googleAudiences.some((known) => known === audience)) {
    throw invalidJwt(`: Failed audience check. The right audience is ${right}`);
  }
}

function checkTimes(google: Google, { iat, exp }: JsonObject): void {
  const now = google.clock.now() / 1000;
  const inOrder =
    typeof iat === "number" &&
    typeof exp === "number" &&
    iat <= now + skew &&
    exp >= iat &&
    exp - iat <= longest &&
    exp > now - skew;
  if (!inOrder) {
    const rule = "Token must be a short-lived token (60 minutes) and in a reasonable timeframe.";
    throw invalidJwt(`: ${rule} Check your iat and exp values in the JWT claim.`);
  }
}

/** Space-delimited: a list with commas is one scope that does not exist. */
function readScopes(scope: unknown): ReadonlySet<string> {
  const asked = typeof scope === "string" ? splitScopes(scope) : [];
  if (asked.length === 0 || !asked.every(isScope)) throw invalidScope();
  return new Set(asked.map(canonicalScope));
}
