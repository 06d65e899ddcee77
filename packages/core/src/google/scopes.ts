// Two sign-in scopes have a short and a long name. Google accepts both, and its responses have the long one.
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ["https://www.googleapis.com/auth/userinfo.email", "email"],
  ["https://www.googleapis.com/auth/userinfo.profile", "profile"],
]);

const SIGN_IN_SCOPES: ReadonlySet<string> = new Set(["openid", "email", "profile"]);

/** scope-token of RFC 6749 section 3.3: printable ASCII without space, quotation mark and backslash. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Returns the name by which a scope is compared: `email` and `profile` for their long names, and every other scope as it is. */
export function canonicalScope(scope: string): string {
  return SHORT_NAMES.get(scope) ?? scope;
}

/** Whether a scope belongs to the sign-in (`openid`, `email`, `profile`), so that the user cannot deselect it. */
export function isSignInScope(scope: string): boolean {
  return SIGN_IN_SCOPES.has(canonicalScope(scope));
}

/**
 * Reads scopes that the developer wrote: an array, or one space-delimited string.
 *
 * @param optionName - what the error calls the value
 * @returns canonical names without duplicates, in the given order, frozen
 * @throws TypeError if there is no scope, or if one is not a scope-token (RFC 6749 section 3.3)
 */
export function parseScopes(value: string | readonly string[], optionName: string): readonly string[] {
  return Object.freeze([...new Set(parseExactScopes(value, optionName).map(canonicalScope))]);
}

/**
 * Reads scopes as {@link parseScopes} does, but does not replace long names: Google compares the scopes that an
 * administrator delegated character by character.
 * @throws TypeError if there is no scope, or if one is not a scope-token (RFC 6749 section 3.3)
 */
export function parseExactScopes(value: string | readonly string[], optionName: string): readonly string[] {
  const scopes = typeof value === "string" ? value.split(" ").filter((scope) => scope !== "") : value;
  if (!Array.isArray(scopes)) {
    throw new TypeError(`${optionName} must be an array of scopes, or one string with spaces between the scopes.`);
  }
  if (scopes.length === 0) throw new TypeError(`${optionName} is empty. Name at least one scope.`);
  for (const scope of scopes as readonly unknown[]) checkScope(scope, optionName);
  return Object.freeze([...new Set(scopes as readonly string[])]);
}

function checkScope(scope: unknown, optionName: string): void {
  if (typeof scope !== "string") throw new TypeError(`${optionName} contains a value that is not a string.`);
  if (scope === "") throw new TypeError(`${optionName} contains an empty scope. Remove it.`);
  // The grammar allows commas, but no Google scope has one, and comma-separated lists are a common mistake.
  if (scope.includes(",")) {
    throw new TypeError(
      `${optionName} is comma-separated (${JSON.stringify(scope)}). Use an array, or one string with spaces.`,
    );
  }
  if (/\s/.test(scope)) {
    throw new TypeError(
      `${optionName} has whitespace inside a scope (${JSON.stringify(scope)}). In an array, each element is one scope. In a string, put one space between two scopes.`,
    );
  }
  if (!SCOPE_TOKEN.test(scope)) {
    throw new TypeError(
      `${optionName} has a scope with a character that scopes cannot have (${JSON.stringify(scope)}; RFC 6749 section 3.3). Remove the character.`,
    );
  }
}

/**
 * Reads the `scope` of a token response.
 * @returns canonical names, sorted, without duplicates. They are not validated: the server decides what it grants.
 */
export function parseGrantedScopes(value: string): string[] {
  const scopes = value.split(/\s+/).filter((scope) => scope !== "");
  return [...new Set(scopes.map(canonicalScope))].toSorted();
}

/**
 * Returns the scopes of `required` that are not granted. Names are compared as a whole: `…/drive.file` does not cover
 * `…/drive`, and `…/drive` does not cover `…/drive.file`.
 *
 * @param granted - canonical names, as {@link parseGrantedScopes} returns them
 * @returns canonical names, in the order of `required`
 */
export function missingScopes(granted: ReadonlySet<string>, required: readonly string[]): string[] {
  return required.map(canonicalScope).filter((scope) => !granted.has(scope));
}
