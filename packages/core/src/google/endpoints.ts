import { isIPv4 } from "node:net";

/** Where the authorization server is: absolute URLs, used exactly as given. */
export interface Endpoints {
  /** Who issues ID tokens: compared exactly with their `iss`, and with the callback's (RFC 9207). */
  readonly issuer: string;
  /** Where the user's browser is sent (RFC 6749 section 3.1). */
  readonly authorization: string;
  /** Where codes and refresh tokens are exchanged (RFC 6749 section 3.2). */
  readonly token: string;
  /** Where tokens are revoked (RFC 7009). */
  readonly revocation: string;
  /** The public keys of ID tokens (RFC 7517). */
  readonly jwks: string;
  /** The user's profile (OpenID Connect Core section 5.3). */
  readonly userinfo: string;
}

/** Google's endpoints, as https://accounts.google.com/.well-known/openid-configuration lists them. */
export const GOOGLE_ENDPOINTS: Readonly<Endpoints> = Object.freeze({
  issuer: "https://accounts.google.com",
  authorization: "https://accounts.google.com/o/oauth2/v2/auth",
  token: "https://oauth2.googleapis.com/token",
  revocation: "https://oauth2.googleapis.com/revoke",
  jwks: "https://www.googleapis.com/oauth2/v3/certs",
  userinfo: "https://openidconnect.googleapis.com/v1/userinfo",
});

const NAMES = Object.keys(GOOGLE_ENDPOINTS) as readonly (keyof Endpoints)[];

/**
 * Resolves the `endpoints` option: Google's, unless others are given.
 *
 * Single endpoints may be replaced. Once another issuer is given all of them must be, so that no code,
 * token or client secret of that issuer can ever reach Google, nor the other way round.
 *
 * @throws TypeError naming the endpoint that is missing, not an absolute URL, or neither https nor loopback
 */
export function resolveEndpoints(option: Partial<Endpoints> = {}): Readonly<Endpoints> {
  if (typeof option !== "object" || option === null) {
    throw new TypeError("endpoints must be an object such as { issuer, authorization, token, … }");
  }
  const foreign = !isGoogle({ issuer: option.issuer ?? GOOGLE_ENDPOINTS.issuer });
  const resolved: Partial<Record<keyof Endpoints, string>> = {};
  for (const name of NAMES) {
    const given = option[name];
    if (given === undefined && foreign) {
      throw new TypeError(
        `endpoints.${name} is missing: with an issuer other than ${GOOGLE_ENDPOINTS.issuer}, give every endpoint`,
      );
    }
    resolved[name] = given === undefined ? GOOGLE_ENDPOINTS[name] : checkEndpoint(name, given);
  }
  return Object.freeze(resolved as Endpoints);
}

/** Whether the authorization server is Google itself, and Google's own rules apply. */
export function isGoogle(endpoints: Pick<Endpoints, "issuer">): boolean {
  return endpoints.issuer === GOOGLE_ENDPOINTS.issuer;
}

/**
 * Whether a URL's hostname means this machine: `localhost` and names below it (RFC 6761 section 6.3),
 * 127.0.0.0/8 and `[::1]`. Decided by the name alone, never by looking it up.
 */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase();
  if (host === "localhost" || host.endsWith(".localhost") || host === "[::1]") return true;
  return isIPv4(host) && host.startsWith("127.");
}

function checkEndpoint(name: keyof Endpoints, given: unknown): string {
  if (typeof given !== "string" || given.trim() !== given || !URL.canParse(given)) {
    throw new TypeError(`endpoints.${name} is not an absolute URL; write it in full, with https://`);
  }
  const url = new URL(given);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    throw new TypeError(`endpoints.${name} must be an https URL; http is for localhost and loopback addresses only`);
  }
  // Endpoints are named in errors and logs; credentials in them would be too.
  if (url.username !== "" || url.password !== "") {
    throw new TypeError(`endpoints.${name} must not carry a user name or password`);
  }
  // RFC 6749 sections 3.1 and 3.2 for the endpoints, RFC 8414 section 2 for the issuer.
  if (given.includes("#") || (name === "issuer" && given.includes("?"))) {
    throw new TypeError(`endpoints.${name} must have no ${given.includes("#") ? "fragment" : "query"}; remove it`);
  }
  return given;
}
