import { AuthError } from "../errors/auth-error.ts";
import { type Endpoints, isGoogle } from "./endpoints.ts";
import type { HttpClientOptions } from "./http-client.ts";
import { createKeySet } from "./jwks.ts";
import { parseObject } from "./untrusted-text.ts";
import type { VerifiedUser } from "./user.ts";

/** What ID tokens are checked against. */
export interface IdTokenValidatorOptions extends HttpClientOptions {
  readonly clientId: string;
  readonly endpoints: Pick<Endpoints, "issuer" | "jwks">;
  /** The Google Workspace domain that accounts must belong to. `"*"`: any such domain, but no consumer accounts. */
  readonly hostedDomain?: string | undefined;
  /** Returns milliseconds since the epoch. */
  readonly now: () => number;
}

/** The facts of a validated ID token. */
export interface ValidatedIdToken {
  readonly user: VerifiedUser;
  /** When Google issued it (`iat`), in milliseconds since the epoch by Google's clock. */
  readonly issuedAt: number;
}

/** Validates ID tokens (OpenID Connect Core section 3.1.3.7, with Google's rules). */
export interface IdTokenValidator {
  /**
   * @param expected - the nonce of the authorization request that led to this token
   * @throws AuthError `invalid_id_token`, naming the claim and the rule; `hosted_domain_mismatch`;
   *   `temporarily_unavailable` if the keys cannot be fetched
   */
  validate(idToken: string, expected: { readonly nonce: string }): Promise<ValidatedIdToken>;
}

/**
 * Seconds by which the issuer's clock and this server's clock may differ, for `exp`, `iat` and `nbf`: as many as in
 * Google's own libraries for Node.js and Java.
 */
const CLOCK_TOLERANCE = 300;
/** The same in milliseconds, for sign-outs, which must be later than each sign-in whose ID token was accepted. */
export const ISSUER_CLOCK_TOLERANCE_MS = CLOCK_TOLERANCE * 1000;

type Claims = Readonly<Record<string, unknown>>;

/**
 * Makes an {@link IdTokenValidator} with its own cache of the issuer's keys.
 * @throws TypeError if an option is not valid
 */
export function createIdTokenValidator(options: IdTokenValidatorOptions): IdTokenValidator {
  const { clientId, endpoints, hostedDomain, now, ...httpOptions } = options;
  const keys = createKeySet({ url: endpoints.jwks, now, ...httpOptions });
  // Google may write its issuer without the scheme: https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken
  const issuers = isGoogle(endpoints)
    ? [endpoints.issuer, endpoints.issuer.replace("https://", "")]
    : [endpoints.issuer];

  // Keep the module: an import that is already loaded still takes microseconds.
  let jose: Promise<typeof import("jose")> | undefined;

  async function verifySignature(idToken: string): Promise<Claims> {
    const { compactVerify } = await (jose ??= import("jose"));
    let verified: Awaited<ReturnType<typeof compactVerify>>;
    try {
      // The algorithm is fixed here. The token's own header is compared with it and does not choose it.
      verified = await compactVerify(
        idToken,
        (header, token) => {
          checkHeader(header);
          return keys(header, token);
        },
        { algorithms: ["RS256"] },
      );
    } catch (error) {
      throw error instanceof AuthError ? error : invalid(signatureRule(error));
    }
    const claims = parseObject(Buffer.from(verified.payload).toString("utf8"));
    if (claims === undefined) throw invalid("the payload is not a JSON object");
    return claims;
  }

  return {
    async validate(idToken, { nonce }) {
      // An undefined nonce would equal a missing claim.
      if (typeof nonce !== "string" || nonce === "") {
        throw new TypeError(
          "validate: nonce must be the nonce of the authorization request, a string that is not empty.",
        );
      }
      const claims = await verifySignature(idToken);
      // Security event tokens are signed with the same keys (RFC 8417 section 4.6).
      if (claims["events"] !== undefined) throw invalid("events: this is a security event token, not an ID token");
      if (!issuers.includes(claims["iss"] as string)) throw invalid(`iss is not the issuer ${endpoints.issuer}`);
      checkAudience(claims, clientId);
      const issuedAt = checkTimes(claims, Math.floor(now() / 1_000)) * 1_000;
      if (claims["nonce"] !== nonce) throw invalid("nonce is missing or differs from the authorization request's");
      const { sub } = claims;
      if (typeof sub !== "string" || !/^[\x20-\x7e]{1,255}$/.test(sub))
        throw invalid("sub is not a string of 1 to 255 printable ASCII characters");
      if (hostedDomain !== undefined) checkHostedDomain(claims["hd"], hostedDomain);
      return { user: toUser(sub, claims), issuedAt };
    },
  };
}

/** Checks that jose does not do: it supports `b64`, accepts any `typ`, and needs no `kid` if there is only one key. */
function checkHeader(header: { readonly crit?: unknown; readonly typ?: unknown; readonly kid?: unknown }): void {
  if (header.crit !== undefined) throw invalid("crit names an extension, and none is supported");
  // Explicit typing (RFC 8725 section 3.11) excludes other kinds of token, such as secevent+jwt and at+jwt.
  const { typ } = header;
  if (typ !== undefined && !(typeof typ === "string" && /^(application\/)?jwt$/i.test(typ)))
    throw invalid("typ is not JWT");
  if (typeof header.kid !== "string") throw invalid("kid is missing");
}

/** jose's errors can contain the payload, so they are described here and not passed on as `cause`. */
function signatureRule(error: unknown): string {
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "ERR_JOSE_ALG_NOT_ALLOWED":
      return "alg is not RS256";
    case "ERR_JWKS_NO_MATCHING_KEY":
      return "kid: the issuer has no key with this ID";
    case "ERR_JOSE_NOT_SUPPORTED":
      return "crit names an unsupported extension, or the key is of an unsupported type";
    case "ERR_JWS_SIGNATURE_VERIFICATION_FAILED":
      return "the signature does not verify";
    case "ERR_JWS_INVALID":
      return "the token is not a signed JWT";
    default:
      return "the signature cannot be verified with the issuer's keys";
  }
}

/** OpenID Connect allows several audiences. Google issues each ID token to one client, so any other form is rejected. */
function checkAudience(claims: Claims, clientId: string): void {
  if (claims["aud"] !== clientId) throw invalid("aud is not the client ID of this app as a single string");
  if (claims["azp"] !== undefined && claims["azp"] !== clientId) throw invalid("azp is the ID of another client");
}

/**
 * @param now - seconds since the epoch
 * @returns the time of issue, in seconds since the epoch
 */
function checkTimes({ exp, iat, nbf }: Claims, now: number): number {
  if (!isTime(exp)) throw invalid("exp is missing or not a number");
  if (!isTime(iat)) throw invalid("iat is missing or not a number");
  if (nbf !== undefined && !isTime(nbf)) throw invalid("nbf is not a number");
  if (exp <= now - CLOCK_TOLERANCE) {
    throw invalid(
      `exp is ${seconds(now - exp)} in the past, and iat is ${seconds(now - iat)} in the past: the token has expired, or ` +
        `this server's clock is ${seconds(now - iat)} ahead of the issuer's`,
    );
  }
  if (iat > now + CLOCK_TOLERANCE) throw invalid(`iat is ${clockIsBehind(iat - now)}`);
  if (nbf !== undefined && nbf > now + CLOCK_TOLERANCE) throw invalid(`nbf is ${clockIsBehind(nbf - now)}`);
  return iat;
}

/** Google issues an ID token when the code is exchanged, so the age of a new token is the difference of the clocks. */
function clockIsBehind(by: number): string {
  return (
    `${seconds(by)} in the future: this server's clock is ${seconds(by)} behind the issuer's, and at most ` +
    `${CLOCK_TOLERANCE} are tolerated`
  );
}

function seconds(count: number): string {
  return `${Math.round(count)} seconds`;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/**
 * Whether the `hd` claim is the required domain.
 * @param required - `"*"`: any domain
 */
export function isOfDomain(hd: string | undefined, required: string): boolean {
  return hd !== undefined && (required === "*" || hd.toLowerCase() === required.toLowerCase());
}

/** Only the claim counts, not the domain of the e-mail address: an account outside the organization can have such an address. */
function checkHostedDomain(hd: unknown, required: string): void {
  const expected = required === "*" ? "any Workspace domain" : `"${required}"`;
  if (typeof hd !== "string" || hd === "") {
    throw new AuthError("hosted_domain_mismatch", { detail: `the hd claim is missing, and ${expected} is required` });
  }
  if (!isOfDomain(hd, required)) {
    throw new AuthError("hosted_domain_mismatch", { detail: `the hd claim is another domain than ${expected}` });
  }
}

function toUser(sub: string, claims: Claims): VerifiedUser {
  const email = text(claims["email"]);
  const emailVerified = readBoolean(claims["email_verified"]);
  const name = text(claims["name"]);
  const givenName = text(claims["given_name"]);
  const familyName = text(claims["family_name"]);
  const locale = text(claims["locale"]);
  const picture = text(claims["picture"]);
  const hostedDomain = text(claims["hd"]);
  return Object.freeze({
    sub,
    ...(email !== undefined && { email }),
    ...(emailVerified !== undefined && { emailVerified }),
    ...(name !== undefined && { name }),
    ...(givenName !== undefined && { givenName }),
    ...(familyName !== undefined && { familyName }),
    ...(locale !== undefined && { locale }),
    ...(picture !== undefined && { picture }),
    ...(hostedDomain !== undefined && { hostedDomain }),
  });
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Google has also sent `email_verified` as a string. */
function readBoolean(value: unknown): boolean | undefined {
  if (value === true || value === "true") return true;
  return value === false || value === "false" ? false : undefined;
}

function invalid(detail: string): AuthError {
  return new AuthError("invalid_id_token", { detail });
}
