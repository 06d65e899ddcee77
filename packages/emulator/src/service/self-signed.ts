import { canonicalScope, splitScopes } from "../protocol/scopes.ts";
import { decodeJwt, type JsonObject } from "../signing/jwt.ts";
import type { Google } from "../state/google.ts";
import type { ServiceAccount } from "../state/service-account.ts";

const lifetime = 3600;

/**
 * Returns the account and the scopes of a self-signed JWT, which a service account may send in place of an access token
 * ("Service account authorization without OAuth"). Returns `undefined` for any other text.
 *
 * Such a JWT has either the service as its audience, or scopes. It is valid for an hour. The account cannot act for a
 * user with it, so `sub` must be the account itself.
 */
export function readSelfSigned(
  google: Google,
  token: string,
  service: string,
): { readonly account: ServiceAccount; readonly scopes: ReadonlySet<string> | "all" } | undefined {
  const claims = readClaims(token);
  const account = typeof claims?.["iss"] === "string" ? google.serviceAccounts.find(claims["iss"]) : undefined;
  if (!claims || account?.status !== "active" || !account.hasSigned(token)) return undefined;
  if (claims["iss"] !== account.email || claims["sub"] !== account.email || !isInTime(google, claims)) return undefined;
  const { aud, scope } = claims;
  if (typeof scope === "string" && aud === undefined) {
    return { account, scopes: new Set(splitScopes(scope).map(canonicalScope)) };
  }
  // The emulator's origin is accepted as the audience of every service.
  const isAudience = aud === `https://${service}/` || aud === `${google.url}/`;
  return isAudience && scope === undefined ? { account, scopes: "all" } : undefined;
}

function isInTime(google: Google, { iat, exp }: JsonObject): boolean {
  const now = google.clock.now() / 1000;
  // Unconfirmed: the difference between the clocks that Google accepts here. For assertions it is five minutes.
  return typeof iat === "number" && typeof exp === "number" && exp === iat + lifetime && iat <= now + 300 && exp > now;
}

function readClaims(token: string): JsonObject | undefined {
  if (token.split(".").length !== 3) return undefined;
  try {
    return decodeJwt(token).claims;
  } catch {
    return undefined;
  }
}
