import { makeRoomFor } from "../../http/cookie-line.ts";
import { findCookie } from "../../http/cookies.ts";
import { isHttps, pickByHost } from "../../http/host.ts";
import type { RequestView } from "../../http/request-view.ts";

/** Characters of a value that fit into one cookie: browsers keep 4096 bytes with name and attributes (RFC 6265 section 6.1). */
const PART = 3900;
const MAX_PARTS = 2;

/** Characters of all cookies of a session together: an attempt and cookies of the app need room in the same header line. */
export const MAX_COOKIE_VALUE = 5_500;

/**
 * The session's cookie, which is split into several cookies where its value is too long for one. The first part states
 * the number of parts, so that a part left over from a longer value is ignored.
 */
export class SessionCookie {
  readonly #names: readonly string[];
  readonly #secure: boolean;

  /**
   * @param name - the cookie's name without prefix
   * @param secure - whether browsers use https: the name then gets the prefix `__Host-`, so that no other host can set it
   */
  constructor(name: string, secure: boolean) {
    const first = secure ? `__Host-${name}` : name;
    this.#names = Array.from({ length: MAX_PARTS }, (_, index) => (index === 0 ? first : `${first}.${index}`));
    this.#secure = secure;
  }

  /** @returns the value, or `undefined` where a part is missing */
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
   * Adds the cookie to the response.
   * @param maxAge - seconds
   * @param unless - `"shared"` drops the cookie again if shared caches may store the response
   * @returns `false` where the value is too long; the response then stays as it was
   */
  write(request: RequestView, value: string, maxAge: number, unless?: "shared"): boolean {
    if (value.length > MAX_COOKIE_VALUE) return false;
    const parts = split(value);
    makeRoomFor(new Map(parts.map((part, index) => [this.#names[index]!, part])), request, unless);
    this.#send(request, parts, maxAge, unless);
    return true;
  }

  /** Deletes the cookie in the browser. */
  clear(request: RequestView): void {
    this.#send(request, [""], 0);
  }

  #send(request: RequestView, parts: readonly string[], maxAge: number, unless?: "shared"): void {
    const header = request.header("cookie") ?? "";
    for (const [index, name] of this.#names.entries()) {
      const part = parts[index];
      // A part left over from a longer value is deleted; a part that the browser does not have needs no header.
      if (part !== undefined) request.appendHeader("Set-Cookie", `${name}=${part}${this.#attributes(maxAge)}`, unless);
      else if (findCookie(header, name)) request.appendHeader("Set-Cookie", `${name}=${this.#attributes(0)}`, unless);
    }
  }

  /** `Lax`, so that the browser sends the cookie when Google redirects back, but with no POST from another site. */
  #attributes(maxAge: number): string {
    return `; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${this.#secure ? "; Secure" : ""}`;
  }
}

/** Separates the number of parts from the value. It occurs in no value, since those are base64url and dots. */
const SEPARATOR = "~";

function split(value: string): string[] {
  if (value.length <= PART) return [value];
  const count = Math.ceil((value.length + 2) / PART);
  const marked = `${count}${SEPARATOR}${value}`;
  return Array.from({ length: count }, (_, index) => marked.slice(index * PART, (index + 1) * PART));
}

/**
 * Decides from the redirect URIs whether browsers reach a request's host by https, so that the cookie may have `__Host-`
 * and `Secure`. The request itself does not show it where a proxy ends TLS. An app may have redirect URIs of both kinds:
 * a host then counts as https unless one of them has it with http.
 */
export function securityOf(redirectUris: readonly string[]): (request: RequestView) => boolean {
  const secure = redirectUris.filter(isHttps);
  if (secure.length === redirectUris.length) return () => true;
  if (secure.length === 0) return () => false;
  // The first one counts where the host names none of them, so https comes first.
  const addresses = [...secure, ...redirectUris.filter((uri) => !isHttps(uri))];
  return (request) => isHttps(pickByHost(addresses, request.header("host")));
}
