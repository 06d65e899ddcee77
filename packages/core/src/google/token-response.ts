import { inspect } from "node:util";
import { AuthError } from "../errors/auth-error.ts";
import { parseGrantedScopes } from "./scopes.ts";
import { parseObject } from "./untrusted-text.ts";

/** A successful token response (RFC 6749 section 5.1), checked. */
export interface TokenResponse {
  /** Fit for an `Authorization` header as it is. */
  readonly accessToken: string;
  /** Seconds that the access token lives, from when the response was made. */
  readonly expiresIn: number;
  /** Canonical, sorted. `undefined`: the response named none, so what was asked for was granted (RFC 6749 section 5.1). */
  readonly scopes: readonly string[] | undefined;
  /** With `access_type=offline`, and from Google on first consent only. */
  readonly refreshToken?: string | undefined;
  /** Seconds that the refresh token lives; only where the user granted access for a limited time. */
  readonly refreshTokenExpiresIn?: number | undefined;
  /** With scope `openid`. Not validated yet. */
  readonly idToken?: string | undefined;
}

/** Google promises at most 2,048 bytes for access tokens; other issuers' JWTs are longer, and carry groups and roles. */
const MAX_TOKEN_LENGTH = 16 * 1024;

/** Ten years, in seconds: a longer life is a mistake, and would leave the range of dates some day. */
const MAX_LIFETIME = 10 * 365 * 24 * 3_600;

/**
 * Reads the body of a 200 from the token endpoint.
 * @param defaults - seconds that count where the response names none
 * @throws AuthError `invalid_response`, naming the field and the rule, never the value
 */
export function parseTokenResponse(body: string, defaults: { readonly expiresIn?: number } = {}): TokenResponse {
  const fields = parseObject(body);
  if (fields === undefined) throw invalid(looksLikeHtml(body) ? "it is HTML, not JSON" : "it is not a JSON object");
  const accessToken = readToken(fields, "access_token");
  if (accessToken === undefined) throw invalid("access_token is missing");
  const type = fields["token_type"];
  // Case-insensitive: RFC 6749 section 5.1. Any other type would have to be used in another way than ours.
  if (typeof type !== "string" || type.toLowerCase() !== "bearer") throw invalid("token_type is not Bearer");
  const expiresIn = readSeconds(fields["expires_in"] ?? defaults.expiresIn);
  if (expiresIn === undefined) throw invalid("expires_in is not a number of seconds, 0 or more");
  return new SecretiveTokenResponse({
    accessToken,
    expiresIn,
    scopes: readScopes(fields["scope"]),
    refreshToken: readToken(fields, "refresh_token"),
    // Only a hint: an issuer that writes nonsense here, or 0 for "never", must not make sign-in fail.
    refreshTokenExpiresIn: readSeconds(fields["refresh_token_expires_in"]) || undefined,
    idToken: readToken(fields, "id_token"),
  });
}

/**
 * Keeps the tokens in a private field behind getters of the prototype, so that logging, JSON, spreading and
 * structured cloning all leave them out; whoever wants a token has to name it.
 */
class SecretiveTokenResponse implements TokenResponse {
  readonly expiresIn: number;
  readonly scopes: readonly string[] | undefined;
  readonly refreshTokenExpiresIn: number | undefined;
  readonly #tokens: Pick<TokenResponse, "accessToken" | "refreshToken" | "idToken">;

  constructor(fields: TokenResponse) {
    this.expiresIn = fields.expiresIn;
    this.scopes = fields.scopes;
    this.refreshTokenExpiresIn = fields.refreshTokenExpiresIn;
    this.#tokens = fields;
    Object.freeze(this);
  }

  get accessToken(): string {
    return this.#tokens.accessToken;
  }

  get refreshToken(): string | undefined {
    return this.#tokens.refreshToken;
  }

  get idToken(): string | undefined {
    return this.#tokens.idToken;
  }

  /** `util.inspect` would call the getters if asked to (`getters`, `showHidden`). */
  [inspect.custom](): unknown {
    const { expiresIn, scopes, refreshTokenExpiresIn } = this;
    return { expiresIn, scopes, refreshTokenExpiresIn };
  }
}

/** A token or `undefined` where there is none; `null` and the empty string count as none, as some servers send them. */
function readToken(fields: Record<string, unknown>, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw invalid(`${name} is not a string`);
  if (value.length > MAX_TOKEN_LENGTH) throw invalid(`${name} is longer than ${MAX_TOKEN_LENGTH} characters`);
  // Whitespace and control characters would end the header or the form field that the token goes into.
  if (!/^[\x21-\x7e]+$/.test(value)) throw invalid(`${name} has characters other than printable ASCII`);
  return value;
}

/** Whole seconds; a numeric string is tolerated. */
function readSeconds(value: unknown): number | undefined {
  const seconds = typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof seconds !== "number" || !(seconds >= 0 && seconds <= MAX_LIFETIME)) return undefined;
  return Math.floor(seconds);
}

function readScopes(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw invalid("scope is not a string");
  // The empty string names no scope, but it is not absent: it must not count as everything that was asked for.
  return Object.freeze(parseGrantedScopes(value));
}

function looksLikeHtml(body: string): boolean {
  return body.trimStart().startsWith("<");
}

function invalid(detail: string): AuthError {
  return new AuthError("invalid_response", { detail });
}
