/** What a cookie's name may consist of (RFC 6265 section 4.1.1, RFC 9110 section 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Cookies of the request by name; the first of a name wins (RFC 6265 section 5.4 puts the most specific first). */
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
 * One cookie of a header, as {@link parseCookies} reads it, without reading the others: what each request needs. It
 * takes no white space before the `=`, where browsers send none.
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
 * Without white space around it, as RFC 6265 section 5.2 has it, and no other: a browser lets any host set a cookie whose
 * name is a no-break space and `__Host-…`, which a generous `trim()` would take for the real one. No regular expression:
 * one that looks for blanks at the end takes time by the square of those that are not.
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
