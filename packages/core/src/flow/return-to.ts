/** Where a user may be sent after an authorization: nowhere but this app, and the origins that it names. */
export interface ReturnRules {
  /** Origins of this app itself: answered as a path, so that the browser stays on the host where it is. */
  readonly ownOrigins: readonly string[];
  /** Other origins that the app allows, such as a single-page app's (`returnOrigins`). */
  readonly returnOrigins: readonly string[];
}

/** Longer addresses are not worth a cookie, of which a browser may hold several. */
const MAX_LENGTH = 1000;
const HOME = "/";

/**
 * The return address that may be used in place of the one that was asked for: itself, or `/`.
 *
 * Browsers read addresses more generously than servers do: a backslash is a slash, a tab is nothing. So whatever is not
 * plainly a path of ours, or an allowed origin with one, becomes `/`.
 */
export function safeReturnTo(wanted: string | undefined, rules: ReturnRules): string {
  if (wanted === undefined || wanted.length > MAX_LENGTH) return HOME;
  const isPath = wanted.startsWith("/");
  const origin = isPath ? rules.ownOrigins[0] : originOf(wanted, [...rules.ownOrigins, ...rules.returnOrigins]);
  if (origin === undefined) return HOME;
  const path = isPath ? wanted : wanted.slice(origin.length);
  if (!isPlainPath(path === "" ? HOME : path)) return HOME;

  const url = new URL(path, origin);
  const local = url.pathname + url.search + url.hash;
  if (url.origin !== origin || local.startsWith("//")) return HOME;
  return rules.ownOrigins.includes(origin) ? local : origin + local;
}

/** The allowed origin that an absolute address starts with, letter for letter. */
function originOf(address: string, allowed: readonly string[]): string | undefined {
  return allowed.find(
    (origin) => address === origin || (/^[/?#]/.test(address.slice(origin.length)) && address.startsWith(origin)),
  );
}

function isPlainPath(path: string): boolean {
  if (!/^[/?#]/.test(path) || path.startsWith("//") || path.startsWith("/@")) return false;
  // No white space, control character or backslash: nothing that a browser drops or turns into something else.
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0020\u007f-\u00a0\\]/.test(path)) return false;
  const end = path.search(/[?#]/);
  const pathname = end === -1 ? path : path.slice(0, end);
  try {
    const decoded = decodeURIComponent(pathname);
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    if (/[\u0000-\u001f\u007f\\]/.test(decoded) || decoded.startsWith("//")) return false;
    decodeURIComponent(path.slice(pathname.length).replaceAll("+", " "));
    return true;
  } catch {
    return false;
  }
}
