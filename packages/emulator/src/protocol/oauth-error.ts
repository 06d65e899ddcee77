/**
 * A request that one of Google's OAuth endpoints rejects. Each endpoint reports it in its own form: the authorization
 * endpoint as a page, the token endpoint as JSON.
 */
export class OAuthError extends Error {
  override readonly name = "OAuthError";
  readonly status: number;
  readonly code: string;
  /** Further members of the JSON response, such as `error_subtype`. */
  readonly extra: Readonly<Record<string, string>>;

  constructor(status: number, code: string, description: string, extra: Record<string, string> = {}) {
    super(description);
    this.status = status;
    this.code = code;
    this.extra = extra;
  }
}

export function invalidGrant(description: string, extra?: Record<string, string>): OAuthError {
  return new OAuthError(400, "invalid_grant", description, extra);
}

/**
 * An OAuth parameter has a single value (RFC 6749 section 3.1).
 *
 * @throws {@link OAuthError} that names the repeated parameter, as Google does.
 */
export function rejectRepeatedParameters(parameters: URLSearchParams): void {
  const seen = new Set<string>();
  for (const name of parameters.keys()) {
    if (seen.has(name)) {
      throw new OAuthError(400, "invalid_request", `OAuth 2 parameters can only have a single value: ${name}`);
    }
    seen.add(name);
  }
}

/** @throws {@link OAuthError} if the parameter is missing or empty. */
export function requireParameter(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name);
  if (!value) throw new OAuthError(400, "invalid_request", `Missing required parameter: ${name}`);
  return value;
}
