import { canonicalScope, splitScopes } from "../protocol/scopes.ts";
import { decodeJwt, type JsonObject } from "../signing/jwt.ts";
import type { Google } from "../state/google.ts";
import type { ServiceAccount } from "../state/service-account.ts";

const lifetime = 3600;

/**
 * The account and scopes of a JWT that a service account signed itself, in place of an access token
 * ("Service account authorization without OAuth"); `undefined` for anything else.
 *
 * It names the service as its audience or the scopes, never both, and lives an hour. Whoever else `sub`
 * names, it does not act for them.
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
  // This origin stands for every service's own.
  const right = aud === `https://${service}/` || aud === `${google.url}/`;
  return right && scope === undefined ? { account, scopes: "all" } : undefined;
}

function isInTime(google: Google, { iat, exp }: JsonObject): boolean {
  const now = google.clock.now() / 1000;
  // Unconfirmed: how far Google lets the clocks differ here; five minutes are its rule for assertions.
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
