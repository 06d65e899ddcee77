import type { RequestView } from "../http/request-view.ts";

/**
 * Whether a form was posted from a page of this app's own origin: `true`, `false`, or `undefined` where the browser
 * does not say (then only a form token can).
 *
 * `Sec-Fetch-Site` cannot be set by a page. `Origin` is `null` behind `Referrer-Policy: no-referrer`, and browsers
 * send no Fetch Metadata to plain-http hosts.
 */
export function isSameOrigin(request: RequestView, ownOrigins: readonly string[]): boolean | undefined {
  const site = request.header("sec-fetch-site");
  if (site !== undefined && site !== "none") return site === "same-origin";
  const origin = request.header("origin");
  if (origin === undefined || origin === "null") return undefined;
  return ownOrigins.includes(origin);
}
