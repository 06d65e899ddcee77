import { cookieAttributes, parseCookies } from "./cookies.ts";
import type { RequestView } from "./request-view.ts";

/**
 * Characters below which Scopegate keeps the `Cookie` line of a browser. At its defaults, nginx rejects a header line of
 * more than 8 KB (`large_client_header_buffers`), and so every page of the app until the cookies expire. The rest is room
 * for cookies that the app sets meanwhile.
 */
export const MAX_LINE = 7_500;

/** The names of attempts' cookies, of every instance. */
export const ATTEMPT_NAME = /^(?:__Host-)?scopegate_[\w-]{8}_[\w-]{16}$/;

/** How many cookies one response deletes. If there are more, they are forged, and later responses delete them. */
export const MAX_DELETED = 10;

/** Characters that a cookie takes in the `Cookie` header. */
export function sizeInLine(name: string, value: string): number {
  return name.length + "=; ".length + value.length;
}

/**
 * Deletes the oldest attempts of a browser, where its `Cookie` line would become too long with cookies that this response
 * sets. A sign-in that is given up is better than an app whose every page fails.
 * @param cookies - the cookies that this response sets, by name. They replace their namesakes
 * @param unless - `"shared"` deletes nothing if shared caches may store the response
 */
export function makeRoomFor(cookies: ReadonlyMap<string, string>, request: RequestView, unless?: "shared"): void {
  const header = request.header("cookie") ?? "";
  let length = header.length;
  for (const [name, value] of cookies) length += sizeInLine(name, value);
  if (length < MAX_LINE) return;
  const present = parseCookies(header);
  for (const name of cookies.keys()) {
    const value = present.get(name);
    if (value !== undefined) length -= sizeInLine(name, value);
  }
  // Browsers send older cookies first (RFC 6265 section 5.4).
  const attempts = [...present].filter(([name]) => ATTEMPT_NAME.test(name));
  for (const [name, value] of attempts.slice(0, MAX_DELETED)) {
    if (length < MAX_LINE) return;
    length -= sizeInLine(name, value);
    request.appendHeader("Set-Cookie", `${name}=${cookieAttributes(name.startsWith("__Host-"), 0)}`, unless);
  }
}
