import { MAX_LINE } from "../http/cookie-line.ts";
import { isProduction } from "../util/production.ts";

/** The origins that a browser may be sent to after an authorization. */
export interface ReturnRules {
  /** Origins of this app. Addresses there become paths, so that the browser stays on its present host. */
  readonly ownOrigins: readonly string[];
  /** Other origins that the app allows by the option `returnOrigins`, such as a single-page app's. */
  readonly returnOrigins: readonly string[];
}

/** Characters. A longer address does not fit into the attempt's cookie beside the other cookies of a browser. */
const MAX_LENGTH = 1_500;
const HOME = "/";

/**
 * The wanted return address if the browser may be sent there, else `/`.
 *
 * Browsers accept more forms of an address than servers do: they read a backslash as a slash, and drop tabs. So an
 * address that is not plainly a path of this app, or an allowed origin with a path, becomes `/`.
 */
export function safeReturnTo(wanted: string | undefined, rules: ReturnRules): string {
  if (wanted === undefined) return HOME;
  if (wanted.length > MAX_LENGTH) {
    warnLostAddress(wanted.length);
    return HOME;
  }
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

let hasWarned = false;

/** Warns a developer once that users do not return to a page, because its address is too long. */
export function warnLostAddress(length: number): void {
  if (hasWarned || isProduction()) return;
  hasWarned = true;
  process.emitWarning(
    `Scopegate cannot return the user to an address of ${length} characters after the sign-in, and uses "/" instead. ` +
      `An address may have ${MAX_LENGTH} characters, and fewer where the browser has long cookies for this host: all of ` +
      `them together should stay below ${MAX_LINE} characters. Shorten the address, or keep its content in the session.`,
    { code: "SCOPEGATE_RETURN_ADDRESS" },
  );
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
