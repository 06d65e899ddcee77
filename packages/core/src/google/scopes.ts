// Google knows two sign-in scopes under two names each: it takes either, and answers with the long one.
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ["https://www.googleapis.com/auth/userinfo.email", "email"],
  ["https://www.googleapis.com/auth/userinfo.profile", "profile"],
]);

const SIGN_IN_SCOPES: ReadonlySet<string> = new Set(["openid", "email", "profile"]);

/** scope-token of RFC 6749 section 3.3: printable ASCII without space, quotation mark and backslash. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** The one name by which a scope is compared: `email` and `profile` for their long forms, else itself. */
export function canonicalScope(scope: string): string {
  return SHORT_NAMES.get(scope) ?? scope;
}

/** Whether a scope is part of signing in, which the user cannot untick: `openid`, `email`, `profile`. */
export function isSignInScope(scope: string): boolean {
  return SIGN_IN_SCOPES.has(canonicalScope(scope));
}

/**
 * Reads scopes that the developer wrote: an array, or one space-delimited string.
 *
 * @param optionName - what the error calls the value
 * @returns canonical names without repetitions, in the order given, frozen
 * @throws TypeError when there is none, or when one is no scope-token of RFC 6749 section 3.3
 */
export function parseScopes(value: string | readonly string[], optionName: string): readonly string[] {
  return Object.freeze([...new Set(parseExactScopes(value, optionName).map(canonicalScope))]);
}

/**
 * As {@link parseScopes}, with names left as they are: what an administrator delegated is compared by the letter.
 * @throws TypeError likewise
 */
export function parseExactScopes(value: string | readonly string[], optionName: string): readonly string[] {
  const scopes = typeof value === "string" ? value.split(" ").filter((scope) => scope !== "") : value;
  if (!Array.isArray(scopes)) {
    throw new TypeError(`${optionName} must be an array of scopes, or one string with spaces between them`);
  }
  if (scopes.length === 0) throw new TypeError(`${optionName} is empty; name at least one scope`);
  for (const scope of scopes as readonly unknown[]) checkScope(scope, optionName);
  return Object.freeze([...new Set(scopes as readonly string[])]);
}

function checkScope(scope: unknown, optionName: string): void {
  if (typeof scope !== "string") throw new TypeError(`${optionName} contains something that is not a string`);
  if (scope === "") throw new TypeError(`${optionName} contains an empty scope; remove it`);
  // The grammar allows a comma, but no scope of Google's has one; lists joined by it are a common mistake.
  if (scope.includes(",")) {
    throw new TypeError(`${optionName} is comma-separated (${JSON.stringify(scope)}); use an array, or spaces`);
  }
  if (/\s/.test(scope)) {
    throw new TypeError(
      `${optionName} has whitespace inside a scope (${JSON.stringify(scope)}); give each its own array element, or put single spaces between them`,
    );
  }
  if (!SCOPE_TOKEN.test(scope)) {
    throw new TypeError(
      `${optionName} has a scope with a character that scopes cannot have (${JSON.stringify(scope)}; RFC 6749 section 3.3)`,
    );
  }
}

/**
 * Reads the `scope` of a token response: canonical names, sorted, without repetitions, whatever the
 * order and the whitespace. What the server says was granted is not judged here.
 */
export function parseGrantedScopes(value: string): string[] {
  const scopes = value.split(/\s+/).filter((scope) => scope !== "");
  return [...new Set(scopes.map(canonicalScope))].toSorted();
}

/**
 * What of `required` was not granted. Whole names are compared: `…/drive.file` never stands for `…/drive`,
 * nor the other way round.
 *
 * @param granted - canonical names, as {@link parseGrantedScopes} gives them
 * @returns canonical names, in the order of `required`
 */
export function missingScopes(granted: ReadonlySet<string>, required: readonly string[]): string[] {
  return required.map(canonicalScope).filter((scope) => !granted.has(scope));
}
