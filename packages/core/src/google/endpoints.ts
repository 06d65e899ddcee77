import { isIPv4 } from "node:net";

/**
 * The addresses of the authorization server: absolute URLs with https (or http on a loopback address), used exactly as
 * given.
 *
 * @example
 * Use the emulator instead of Google:
 * ```ts
 * import { startEmulator } from "@scopegate/emulator";
 *
 * const emulator = await startEmulator({ clients: [client] });
 * googleOAuth({ client, redirectUri, endpoints: emulator.endpoints });
 * ```
 */
export interface Endpoints {
  /** The issuer. It is compared exactly with the `iss` claim of ID tokens and the `iss` parameter of the callback (RFC 9207). */
  readonly issuer: string;
  /** The authorization endpoint, to which the user's browser is sent (RFC 6749 section 3.1). */
  readonly authorization: string;
  /** The token endpoint, which exchanges codes and refresh tokens (RFC 6749 section 3.2). */
  readonly token: string;
  /** The revocation endpoint (RFC 7009). */
  readonly revocation: string;
  /** The JSON Web Key Set with the public keys for ID tokens (RFC 7517). */
  readonly jwks: string;
  /** The endpoint with the user's profile (OpenID Connect Core section 5.3). */
  readonly userinfo: string;
}

/**
 * Google's endpoints, the default of the option `endpoints`.
 * Source: https://accounts.google.com/.well-known/openid-configuration
 *
 * @example
 * Replace one of Google's endpoints:
 * ```ts
 * googleOAuth({ endpoints: { ...GOOGLE_ENDPOINTS, token: "https://proxy.example.com/token" } });
 * ```
 */
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
 * Resolves the option `endpoints`. Its default is Google's endpoints, and single ones can be replaced. With another issuer
 * every endpoint must be given, so that no code, token or client secret of one issuer can reach the other.
 *
 * @throws TypeError naming the endpoint that is missing, not an absolute URL, or neither https nor loopback
 */
export function resolveEndpoints(option: Partial<Endpoints> = {}): Readonly<Endpoints> {
  if (typeof option !== "object" || option === null) {
    throw new TypeError(`endpoints must be an object with the members ${NAMES.join(", ")}.`);
  }
  const hasOtherIssuer = !isGoogle({ issuer: option.issuer ?? GOOGLE_ENDPOINTS.issuer });
  const resolved: Partial<Record<keyof Endpoints, string>> = {};
  for (const name of NAMES) {
    const given = option[name];
    if (given === undefined && hasOtherIssuer) {
      throw new TypeError(
        `endpoints.${name} is missing. With an issuer other than ${GOOGLE_ENDPOINTS.issuer}, set every endpoint: ${NAMES.join(", ")}.`,
      );
    }
    resolved[name] = given === undefined ? GOOGLE_ENDPOINTS[name] : checkEndpoint(name, given);
  }
  return Object.freeze(resolved as Endpoints);
}

/** Whether the authorization server is Google, so that Google's own rules apply. */
export function isGoogle(endpoints: Pick<Endpoints, "issuer">): boolean {
  return endpoints.issuer === GOOGLE_ENDPOINTS.issuer;
}

/**
 * Whether a URL's hostname means this machine: `localhost` and names below it (RFC 6761 section 6.3),
 * 127.0.0.0/8 and `[::1]`. Only the name counts; it is not looked up in DNS.
 */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase();
  if (host === "localhost" || host.endsWith(".localhost") || host === "[::1]") return true;
  return isIPv4(host) && host.startsWith("127.");
}

function checkEndpoint(name: keyof Endpoints, given: unknown): string {
  if (typeof given !== "string" || given.trim() !== given || !URL.canParse(given)) {
    throw new TypeError(`endpoints.${name} is not an absolute URL. Write it in full, starting with https://.`);
  }
  const url = new URL(given);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    throw new TypeError(
      `endpoints.${name} must use https. Plain http is allowed for localhost and loopback addresses only.`,
    );
  }
  // Endpoints appear in errors and logs, and so would credentials in them.
  if (url.username !== "" || url.password !== "") {
    throw new TypeError(`endpoints.${name} must not contain a user name or password. Remove it.`);
  }
  // RFC 6749 sections 3.1 and 3.2 forbid fragments in endpoints. RFC 8414 section 2 also forbids a query in the issuer.
  if (given.includes("#") || (name === "issuer" && given.includes("?"))) {
    throw new TypeError(`endpoints.${name} must not have a ${given.includes("#") ? "fragment" : "query"}. Remove it.`);
  }
  return given;
}
