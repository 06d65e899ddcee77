import { inspect } from "node:util";
import { AuthError } from "../errors/auth-error.ts";
import { parseGrantedScopes } from "./scopes.ts";
import { parseObject } from "./untrusted-text.ts";

/** A successful token response that was checked (RFC 6749 section 5.1). Logs, JSON and copies do not show its tokens. */
export interface TokenResponse {
  /** The access token. It contains only characters that an `Authorization` header allows. */
  readonly accessToken: string;
  /** The lifetime of the access token in seconds, from when the response was made. */
  readonly expiresIn: number;
  /** The granted scopes, canonical and sorted. `undefined` means that all requested scopes were granted (RFC 6749 section 5.1). */
  readonly scopes: readonly string[] | undefined;
  /** The refresh token. Google sends it with `access_type=offline`, and only at the first consent. */
  readonly refreshToken?: string | undefined;
  /** The lifetime of the refresh token in seconds. Present only if the user granted access for a limited time. */
  readonly refreshTokenExpiresIn?: number | undefined;
  /** The ID token, with the scope `openid`. It is not validated yet. */
  readonly idToken?: string | undefined;
}

/** Google's access tokens have at most 2,048 bytes. JWTs of other issuers are longer, with groups and roles. */
const MAX_TOKEN_LENGTH = 16 * 1024;

/** Ten years in seconds. A longer lifetime is a mistake, and could exceed the range of dates. */
const MAX_LIFETIME = 10 * 365 * 24 * 3_600;

/**
 * Reads the body of a token endpoint's response with the status 200.
 * @param defaults - values for fields that the response does not have
 * @throws AuthError `invalid_response`, naming the field and the rule, but never the value
 */
export function parseTokenResponse(body: string, defaults: { readonly expiresIn?: number } = {}): TokenResponse {
  const fields = parseObject(body);
  if (fields === undefined)
    throw invalid(looksLikeHtml(body) ? "the body is HTML, not JSON" : "the body is not a JSON object");
  const accessToken = readToken(fields, "access_token");
  if (accessToken === undefined) throw invalid("access_token is missing");
  const type = fields["token_type"];
  // The comparison ignores case (RFC 6749 section 5.1). Tokens of another type would have to be sent in another way.
  if (typeof type !== "string" || type.toLowerCase() !== "bearer") throw invalid("token_type is not Bearer");
  const expiresIn = readSeconds(fields["expires_in"] ?? defaults.expiresIn);
  if (expiresIn === undefined) throw invalid("expires_in is not a number of seconds of at least 0");
  return new RedactedTokenResponse({
    accessToken,
    expiresIn,
    scopes: readScopes(fields["scope"]),
    refreshToken: readToken(fields, "refresh_token"),
    // This field is a hint, so a value that is not valid, or 0 for "never", does not fail the sign-in.
    refreshTokenExpiresIn: readSeconds(fields["refresh_token_expires_in"]) || undefined,
    idToken: readToken(fields, "id_token"),
  });
}

/**
 * Keeps the tokens in a private field with getters on the prototype, so that logs, JSON, spread and structured clones do
 * not contain them. Only code that names a token gets it.
 */
class RedactedTokenResponse implements TokenResponse {
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

  /** With `getters` and `showHidden`, `util.inspect` would otherwise call the getters. */
  [inspect.custom](): unknown {
    const { expiresIn, scopes, refreshTokenExpiresIn } = this;
    return { expiresIn, scopes, refreshTokenExpiresIn };
  }
}

/** Reads an optional token. Some servers send `null` or an empty string instead of leaving the field out. */
function readToken(fields: Record<string, unknown>, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw invalid(`${name} is not a string`);
  if (value.length > MAX_TOKEN_LENGTH) throw invalid(`${name} is longer than ${MAX_TOKEN_LENGTH} characters`);
  // Whitespace and control characters would end the header or the form field with the token.
  if (!/^[\x21-\x7e]+$/.test(value)) throw invalid(`${name} has characters other than printable ASCII`);
  return value;
}

/** Reads whole seconds, also from a numeric string. */
function readSeconds(value: unknown): number | undefined {
  const seconds = typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof seconds !== "number" || !(seconds >= 0 && seconds <= MAX_LIFETIME)) return undefined;
  return Math.floor(seconds);
}

function readScopes(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw invalid("scope is not a string");
  // An empty string means that no scope was granted. An absent field means that all requested scopes were.
  return Object.freeze(parseGrantedScopes(value));
}

function looksLikeHtml(body: string): boolean {
  return body.trimStart().startsWith("<");
}

function invalid(detail: string): AuthError {
  return new AuthError("invalid_response", { detail });
}
