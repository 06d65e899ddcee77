import { AuthError } from "../errors/auth-error.ts";
import { type Endpoints, isGoogle } from "./endpoints.ts";
import type { HttpClientOptions } from "./http-client.ts";
import { createKeySet } from "./jwks.ts";
import { parseObject } from "./untrusted-text.ts";
import type { VerifiedUser } from "./user.ts";

/** What an ID token is held against. */
export interface IdTokenValidatorOptions extends HttpClientOptions {
  readonly clientId: string;
  readonly endpoints: Pick<Endpoints, "issuer" | "jwks">;
  /** The Workspace domain that accounts must belong to; `"*"` for any, but no consumer accounts. */
  readonly hostedDomain?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Validates ID tokens (OpenID Connect Core section 3.1.3.7, with Google's rules). */
export interface IdTokenValidator {
  /**
   * @param expected - the nonce of the authorization request that led to this token
   * @throws AuthError `invalid_id_token`, naming the claim and the rule; `hosted_domain_mismatch`;
   *   `temporarily_unavailable` where the keys cannot be fetched
   */
  validate(idToken: string, expected: { readonly nonce: string }): Promise<VerifiedUser>;
}

/** Seconds by which the issuer's clock and ours may differ, for `exp`, `iat` and `nbf`. */
const CLOCK_TOLERANCE = 60;

type Claims = Readonly<Record<string, unknown>>;

/**
 * Makes an {@link IdTokenValidator}, with its own cache of the issuer's keys.
 * @throws TypeError for an option that makes no sense
 */
export function createIdTokenValidator(options: IdTokenValidatorOptions): IdTokenValidator {
  const { clientId, endpoints, hostedDomain, now, ...requests } = options;
  const keys = createKeySet({ url: endpoints.jwks, now, ...requests });
  const issuers = isGoogle(endpoints)
    ? [endpoints.issuer, endpoints.issuer.replace("https://", "")]
    : [endpoints.issuer];

  // Kept: even an import that is loaded already takes microseconds.
  let jose: Promise<typeof import("jose")> | undefined;

  async function verifySignature(idToken: string): Promise<Claims> {
    const { compactVerify } = await (jose ??= import("jose"));
    let verified: Awaited<ReturnType<typeof compactVerify>>;
    try {
      // Pinned: what the token says of its algorithm is checked against this, never believed.
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
      // An undefined nonce would equal an absent claim.
      if (typeof nonce !== "string" || nonce === "")
        throw new TypeError("nonce must be the authorization request's, not empty.");
      const claims = await verifySignature(idToken);
      // Security event tokens are signed with the same keys (RFC 8417 section 4.6).
      if (claims["events"] !== undefined) throw invalid("events: this is a security event token");
      if (!issuers.includes(claims["iss"] as string)) throw invalid("iss is not the issuer");
      checkAudience(claims, clientId);
      checkTimes(claims, Math.floor(now() / 1_000));
      if (claims["nonce"] !== nonce) throw invalid("nonce is missing, or another than the authorization request's");
      const { sub } = claims;
      if (typeof sub !== "string" || !/^[\x20-\x7e]{1,255}$/.test(sub))
        throw invalid("sub is not 1 to 255 ASCII characters");
      if (hostedDomain !== undefined) checkHostedDomain(claims["hd"], hostedDomain);
      return toUser(sub, claims);
    },
  };
}

/** What jose leaves open: it understands `b64`, takes any `typ`, and does without a `kid` where there is one key. */
function checkHeader(header: { readonly crit?: unknown; readonly typ?: unknown; readonly kid?: unknown }): void {
  if (header.crit !== undefined) throw invalid("crit: no extension is understood");
  // Explicit typing (RFC 8725 section 3.11) keeps other kinds of token apart, such as secevent+jwt and at+jwt.
  const { typ } = header;
  if (typ !== undefined && !(typeof typ === "string" && /^(application\/)?jwt$/i.test(typ)))
    throw invalid("typ is not JWT");
  if (typeof header.kid !== "string") throw invalid("kid is missing");
}

/** jose's errors can carry the payload, so they are told again and not passed on as `cause`. */
function signatureRule(error: unknown): string {
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "ERR_JOSE_ALG_NOT_ALLOWED":
      return "alg is not RS256";
    case "ERR_JWKS_NO_MATCHING_KEY":
      return "kid: the issuer has no such key";
    case "ERR_JOSE_NOT_SUPPORTED":
      return "crit: an extension that is not understood, or a key that cannot be used";
    case "ERR_JWS_SIGNATURE_VERIFICATION_FAILED":
      return "the signature does not verify";
    case "ERR_JWS_INVALID":
      return "it is not a signed JWT";
    default:
      return "the signature cannot be verified with the issuer's keys";
  }
}

/** Stricter than OpenID Connect, which allows several audiences: Google issues to one client, so anything else was not meant for us. */
function checkAudience(claims: Claims, clientId: string): void {
  if (claims["aud"] !== clientId) throw invalid("aud is not this client ID, as a plain string");
  if (claims["azp"] !== undefined && claims["azp"] !== clientId) throw invalid("azp is another client");
}

/** @param now - seconds since the epoch */
function checkTimes({ exp, iat, nbf }: Claims, now: number): void {
  if (!isTime(exp)) throw invalid("exp is missing, or not a number");
  if (!isTime(iat)) throw invalid("iat is missing, or not a number");
  if (exp <= now - CLOCK_TOLERANCE) throw invalid("exp is past; is this server's clock right?");
  if (iat > now + CLOCK_TOLERANCE) throw invalid("iat is in the future; is this server's clock right?");
  if (nbf !== undefined && !(isTime(nbf) && nbf <= now + CLOCK_TOLERANCE)) throw invalid("nbf is in the future");
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** The claim decides, never the e-mail's domain: that may be of an account that is not in the organisation. */
function checkHostedDomain(hd: unknown, required: string): void {
  const expected = required === "*" ? "any Workspace domain" : `"${required}"`;
  if (typeof hd !== "string" || hd === "") {
    throw new AuthError("hosted_domain_mismatch", { detail: `hd is missing, and must be ${expected}` });
  }
  if (required !== "*" && hd.toLowerCase() !== required.toLowerCase()) {
    throw new AuthError("hosted_domain_mismatch", { detail: `hd is not ${expected}` });
  }
}

function toUser(sub: string, claims: Claims): VerifiedUser {
  const email = text(claims["email"]);
  const emailVerified = readBoolean(claims["email_verified"]);
  const name = text(claims["name"]);
  const picture = text(claims["picture"]);
  const hostedDomain = text(claims["hd"]);
  return Object.freeze({
    sub,
    ...(email !== undefined && { email }),
    ...(emailVerified !== undefined && { emailVerified }),
    ...(name !== undefined && { name }),
    ...(picture !== undefined && { picture }),
    ...(hostedDomain !== undefined && { hostedDomain }),
  });
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Google has sent `email_verified` as a string too. */
function readBoolean(value: unknown): boolean | undefined {
  if (value === true || value === "true") return true;
  return value === false || value === "false" ? false : undefined;
}

function invalid(detail: string): AuthError {
  return new AuthError("invalid_id_token", { detail });
}
