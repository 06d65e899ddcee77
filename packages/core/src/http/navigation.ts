import type { RequestView } from "./request-view.ts";

/**
 * The destinations (`Sec-Fetch-Dest`) of navigations of a whole tab. A service worker that passes a navigation on with
 * `fetch(event.request)` sends `empty`.
 */
const PAGE_DESTINATIONS = new Set(["document", "empty"]);

/**
 * Whether the browser requested a page by a link, an address or a redirect, and will show the response. The Fetch Metadata
 * headers decide where the browser sends them (https://www.w3.org/TR/fetch-metadata/), the `Accept` header otherwise.
 * Prefetches, frames and requests that accept anything but do not name HTML are no navigations.
 */
export function isNavigation(request: RequestView): boolean {
  return (request.method === "GET" || request.method === "HEAD") && !isPrefetch(request) && showsPage(request);
}

/** Whether a user sent a form, and the browser will show the response as a page. */
export function isFormNavigation(request: RequestView): boolean {
  return request.method === "POST" && wantsHtml(request) && showsPage(request);
}

function showsPage(request: RequestView): boolean {
  const mode = request.header("sec-fetch-mode");
  if (mode !== undefined) {
    return mode === "navigate" && PAGE_DESTINATIONS.has(request.header("sec-fetch-dest") ?? "document");
  }
  return wantsHtml(request) && request.header("x-requested-with") === undefined;
}

/** The headers by which browsers and apps have marked requests that no user has made yet. */
const PURPOSE_HEADERS = ["sec-purpose", "purpose", "x-purpose", "x-moz"] as const;

/**
 * Whether the browser loads an address that the user may open later: a prefetch, a prerendered page or a preview. Such a
 * request must begin nothing.
 */
export function isPrefetch(request: RequestView): boolean {
  return PURPOSE_HEADERS.some((name) => /prefetch|prerender|preview/i.test(request.header(name) ?? ""));
}

/** Whether the request accepts HTML, so that the response should be a page and not JSON. */
export function wantsHtml(request: RequestView): boolean {
  return (request.header("accept") ?? "").includes("text/html");
}
