/** The characters of a cookie's name (RFC 6265 section 4.1.1, RFC 9110 section 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Reads a `Cookie` header into a map from names to values. Where a name occurs more than once, its first value counts:
 * browsers send the cookie with the longest path first (RFC 6265 section 5.4).
 */
export function parseCookies(header: string | undefined): Map<string, string> {
  const cookies = new Map<string, string>();
  if (header === undefined) return cookies;
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    const name = trimBlanks(pair.slice(0, Math.max(equals, 0)));
    if (TOKEN.test(name) && !cookies.has(name)) cookies.set(name, trimBlanks(pair.slice(equals + 1)));
  }
  return cookies;
}

/**
 * Reads one cookie from a `Cookie` header without parsing the others, since this happens on every request. The value is
 * the one that {@link parseCookies} gives, but white space before the `=`, which no browser sends, is not skipped.
 */
export function findCookie(header: string, name: string): string | undefined {
  for (let start = 0, end = 0; start < header.length; start = end + 1) {
    end = header.indexOf(";", start);
    if (end === -1) end = header.length;
    while (isBlank(header[start])) start++;
    if (!header.startsWith(name, start) || header[start + name.length] !== "=") continue;
    return trimBlanks(header.slice(start + name.length + 1, end));
  }
  return undefined;
}

/**
 * Removes the spaces and tabs at both ends (RFC 6265 section 5.2), and no other white space. Browsers let any host set a
 * cookie whose name is a no-break space and `__Host-…`; `trim()` would turn that name into the protected one. A regular
 * expression for the blanks at the end would take quadratic time on a header that is full of blanks.
 */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (isBlank(text[start])) start++;
  while (end > start && isBlank(text[end - 1])) end--;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t";
}

/**
 * The name of a cookie of Scopegate. On https it gets the prefix `__Host-`: browsers then accept the cookie from this
 * host only, and not from a sibling host of the same domain. On plain http browsers would reject such a name.
 */
export function protectedName(name: string, isSecure: boolean): string {
  return isSecure ? `__Host-${name}` : name;
}

/**
 * The attributes of a cookie of Scopegate, to append to `name=value`. `Lax`, so that browsers send the cookie when Google
 * redirects them back, but not with a POST from another site.
 * @param maxAge - seconds; 0 deletes the cookie
 */
export function cookieAttributes(isSecure: boolean, maxAge: number): string {
  return `; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${isSecure ? "; Secure" : ""}`;
}
