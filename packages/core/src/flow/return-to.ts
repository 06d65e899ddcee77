/** The origins that a browser may be sent to after an authorization. */
export interface ReturnRules {
  /** Origins of this app. Addresses there become paths, so that the browser stays on its present host. */
  readonly ownOrigins: readonly string[];
  /** Other origins that the app allows by the option `returnOrigins`, such as a single-page app's. */
  readonly returnOrigins: readonly string[];
}

/** A browser may hold several attempt cookies, so that longer addresses do not fit. */
const MAX_LENGTH = 1000;
const HOME = "/";

/**
 * The wanted return address if the browser may be sent there, else `/`.
 *
 * Browsers accept more forms of an address than servers do: they read a backslash as a slash, and drop tabs. So an
 * address that is not plainly a path of this app, or an allowed origin with a path, becomes `/`.
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

/** The allowed origin that an absolute address starts with, character by character. */
function originOf(address: string, allowed: readonly string[]): string | undefined {
  return allowed.find(
    (origin) => address === origin || (/^[/?#]/.test(address.slice(origin.length)) && address.startsWith(origin)),
  );
}

function isPlainPath(path: string): boolean {
  if (!/^[/?#]/.test(path) || path.startsWith("//") || path.startsWith("/@")) return false;
  // Browsers drop or replace white space, control characters and backslashes.
  // oxlint-disable-next-line no-control-regex -- the pattern looks for control characters
  if (/[\u0000-\u0020\u007f-\u00a0\\]/.test(path)) return false;
  const end = path.search(/[?#]/);
  const pathname = end === -1 ? path : path.slice(0, end);
  try {
    const decoded = decodeURIComponent(pathname);
    // oxlint-disable-next-line no-control-regex -- the pattern looks for control characters
    if (/[\u0000-\u001f\u007f\\]/.test(decoded) || decoded.startsWith("//")) return false;
    decodeURIComponent(path.slice(pathname.length).replaceAll("+", " "));
    return true;
  } catch {
    return false;
  }
}
