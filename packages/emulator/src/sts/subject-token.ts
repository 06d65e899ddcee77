import { createPublicKey, type JsonWebKey } from "node:crypto";
import type { EmulatorWorkloadProvider } from "../options/workload-provider.ts";
import { invalidGrant } from "../protocol/oauth-error.ts";
import { decodeJwt, isSignedBy, type JsonObject } from "../signing/jwt.ts";
import type { Google } from "../state/google.ts";
import { awsSubject } from "./aws.ts";

export const tokenTypes = {
  accessToken: "urn:ietf:params:oauth:token-type:access_token",
  jwt: "urn:ietf:params:oauth:token-type:jwt",
  idToken: "urn:ietf:params:oauth:token-type:id_token",
  saml: "urn:ietf:params:oauth:token-type:saml2",
  aws: "urn:ietf:params:aws:token-type:aws4_request",
} as const;

/** The issuer of the emulator's own subject tokens. */
function ownIssuer(google: Google): string {
  return `${google.url}/workload`;
}

/**
 * Returns the claims of a workload's token that the provider with this audience accepts, with some changed.
 */
export function subjectTokenClaims(google: Google, audience: string, changes: JsonObject): JsonObject {
  const issuedAt = Math.floor(google.clock.now() / 1000);
  return {
    iss: ownIssuer(google),
    aud: `https:${audience}`,
    sub: "workload",
    iat: issuedAt,
    exp: issuedAt + 3600,
    ...changes,
  };
}

/**
 * Returns the subject of a subject token.
 *
 * @throws {@link OAuthError} if the provider does not accept the token.
 */
export function subjectOf(google: Google, provider: EmulatorWorkloadProvider, type: string, token: string): string {
  if (provider.tokens && Object.hasOwn(provider.tokens, token)) return provider.tokens[token]!;
  if (type === tokenTypes.aws) return awsSubject(google, provider, token);
  // The emulator does not verify XML signatures. It accepts only the SAML assertions that the option `tokens` lists.
  if (type === tokenTypes.saml) throw invalidGrant("The SAML assertion is not accepted by the provider.");
  return jwtSubject(google, provider, token);
}

function jwtSubject(google: Google, provider: EmulatorWorkloadProvider, token: string): string {
  const { iss, aud, sub, iat, exp } = readClaims(token);
  const issuer = provider.issuer ?? ownIssuer(google);
  if (iss !== issuer) {
    throw invalidGrant(`The issuer in ID Token ${String(iss)} does not match the expected ones: ${issuer}.`);
  }
  // Unconfirmed, as all texts of this function that no published response contains.
  if (!isSigned(google, provider, token)) throw invalidGrant("The signature of the ID Token is invalid.");
  const { audience } = provider;
  const expected = provider.allowedAudiences ?? [audience, `https:${audience}`];
  if (![aud].flat().some((one) => typeof one === "string" && expected.includes(one))) {
    throw invalidGrant(`The audience in ID Token [${String(aud)}] does not match the expected audience.`);
  }
  const now = google.clock.now() / 1000;
  if (typeof iat !== "number" || typeof exp !== "number" || exp <= now || iat > now + 300) {
    throw invalidGrant(`ID Token issued at ${String(iat)} is stale to sign-in.`);
  }
  if (typeof sub !== "string" || sub === "" || sub.length > 127) {
    throw invalidGrant("The mapped attribute google.subject must be of 1 to 127 characters.");
  }
  return sub;
}

function isSigned(google: Google, { jwks }: EmulatorWorkloadProvider, token: string): boolean {
  if (!jwks) return google.keys.verify(token) !== undefined;
  return jwks.keys.some((jwk) => isSignedBy(token, createPublicKey({ key: jwk as JsonWebKey, format: "jwk" })));
}

function readClaims(token: string): JsonObject {
  try {
    if (token.split(".").length === 3) return decodeJwt(token).claims;
  } catch {
    // The error below covers text that is not a JWT.
  }
  throw invalidGrant("Unable to parse the ID Token.");
}
