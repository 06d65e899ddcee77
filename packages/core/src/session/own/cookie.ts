import { findCookie } from "../../http/cookies.ts";
import type { RequestView } from "../../http/request-view.ts";

/** Characters of a value that are safe in one cookie: browsers keep 4096 with its name (RFC 6265 section 6.1). */
const PART = 3900;
/** Node.js reads 16 KB of headers, and other cookies come along; attempts in progress alone may take 6. */
const MAX_PARTS = 2;

/** What a session's cookies hold at most, all of them together. */
export const MAX_COOKIE_VALUE = PART * MAX_PARTS - 2;

/**
 * The session's cookie, in as many parts as it needs: the first says how many there are, so that one left over from a
 * larger session does no harm.
 */
export class SessionCookie {
  readonly #names: readonly string[];
  readonly #secure: boolean;

  /** @param secure - whether browsers reach the app by https: then no other host can plant the cookie (`__Host-`) */
  constructor(name: string, secure: boolean) {
    const first = secure ? `__Host-${name}` : name;
    this.#names = Array.from({ length: MAX_PARTS }, (_, index) => (index === 0 ? first : `${first}.${index}`));
    this.#secure = secure;
  }

  read(request: RequestView): string | undefined {
    const header = request.header("cookie");
    if (header === undefined) return undefined;
    const first = findCookie(header, this.#names[0]!);
    if (first === undefined || first[1] !== SEPARATOR) return first;
    const count = Number(first[0]);
    if (!(count >= 2 && count <= MAX_PARTS)) return undefined;
    const more = this.#names.slice(1, count).map((name) => findCookie(header, name));
    return more.includes(undefined) ? undefined : first.slice(2) + more.join("");
  }

  /**
   * Puts the cookie onto the response that is being prepared.
   * @param maxAge - seconds
   * @returns `false`, and nothing is done, for a value that is too large
   */
  write(request: RequestView, value: string, maxAge: number): boolean {
    const parts = split(value);
    if (parts.length > MAX_PARTS) return false;
    this.#send(request, parts, maxAge);
    return true;
  }

  clear(request: RequestView): void {
    this.#send(request, [""], 0);
  }

  #send(request: RequestView, parts: readonly string[], maxAge: number): void {
    const header = request.header("cookie") ?? "";
    for (const [index, name] of this.#names.entries()) {
      const part = parts[index];
      // What is left of a larger session goes; of what was never there, nothing is said.
      if (part !== undefined) request.appendHeader("Set-Cookie", `${name}=${part}${this.#attributes(maxAge)}`);
      else if (findCookie(header, name)) request.appendHeader("Set-Cookie", `${name}=${this.#attributes(0)}`);
    }
  }

  /** Lax: the cookie comes along when Google sends the browser back, and on no cross-site post. */
  #attributes(maxAge: number): string {
    return `; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${this.#secure ? "; Secure" : ""}`;
  }
}

/** Not in base64url, nor in what else a session's cookie holds. */
const SEPARATOR = "~";

function split(value: string): string[] {
  if (value.length <= PART) return [value];
  const count = Math.ceil((value.length + 2) / PART);
  const marked = `${count}${SEPARATOR}${value}`;
  return Array.from({ length: count }, (_, index) => marked.slice(index * PART, (index + 1) * PART));
}

/**
 * Whether the address that a browser sees allows `__Host-` and `Secure`: that of the redirect URI, since a proxy may
 * have ended TLS before us. Where an app has both kinds, a host is taken for https unless it is listed with http.
 */
export function securityOf(redirectUris: readonly string[]): (request: RequestView) => boolean {
  const plain = new Set(redirectUris.filter((uri) => uri.startsWith("http:")).map((uri) => new URL(uri).host));
  if (plain.size === 0) return () => true;
  if (redirectUris.every((uri) => uri.startsWith("http:"))) return () => false;
  return (request) => !plain.has(request.header("host") ?? "");
}
