import { isHttps, pickByHost } from "../http/host.ts";
import type { RequestView } from "../http/request-view.ts";

/**
 * Whether a form was posted from a page of this app's own origin: `true`, `false`, or `undefined` if the browser does
 * not say so, and only a form token can tell.
 *
 * A page cannot set `Sec-Fetch-Site`. `Origin` is `null` for pages with `Referrer-Policy: no-referrer`, and browsers
 * send no Fetch Metadata to hosts on plain HTTP.
 */
export function isSameOrigin(request: RequestView, ownOrigins: readonly string[]): boolean | undefined {
  const site = request.header("sec-fetch-site");
  if (site !== undefined && site !== "none") return site === "same-origin";
  const origin = request.header("origin");
  if (origin === undefined || origin === "null") return undefined;
  // A page on plain http can be anyone's on the network, so it may not act on an origin with https.
  const here = pickByHost(ownOrigins, request.header("host"));
  return ownOrigins.includes(origin) && (isHttps(origin) || !isHttps(here));
}
