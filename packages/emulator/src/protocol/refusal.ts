/**
 * A request that Google turns down. Each endpoint writes it in its own form: the authorization
 * endpoint as a page, the token endpoint as JSON.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: string;
  /** Further members of the JSON answer, such as `error_subtype`. */
  readonly extra: Readonly<Record<string, string>>;

  constructor(status: number, code: string, description: string, extra: Record<string, string> = {}) {
    super(description);
    this.status = status;
    this.code = code;
    this.extra = extra;
  }
}

export function invalidGrant(description: string, extra?: Record<string, string>): Refusal {
  return new Refusal(400, "invalid_grant", description, extra);
}

/** OAuth parameters are single-valued (RFC 6749 section 3.1); Google names the repeated one. */
export function refuseRepeated(parameters: URLSearchParams): void {
  const seen = new Set<string>();
  for (const name of parameters.keys()) {
    if (seen.has(name)) {
      throw new Refusal(400, "invalid_request", `OAuth 2 parameters can only have a single value: ${name}`);
    }
    seen.add(name);
  }
}

/** The parameter's value; Google refuses a request that leaves it out, or leaves it empty. */
export function requireParameter(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name);
  if (!value) throw new Refusal(400, "invalid_request", `Missing required parameter: ${name}`);
  return value;
}
