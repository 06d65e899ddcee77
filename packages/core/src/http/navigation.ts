import type { RequestView } from "./request-view.ts";

/**
 * Whether a browser is about to show the answer as a page. Fetch Metadata decides where the browser sends it;
 * a prefetch, a frame and a bare `Accept: *​/*` are not navigations.
 */
export function isNavigation(request: RequestView): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  if (/prefetch|prerender/.test(request.header("sec-purpose") ?? request.header("purpose") ?? "")) return false;
  const mode = request.header("sec-fetch-mode");
  if (mode !== undefined) {
    return mode === "navigate" && (request.header("sec-fetch-dest") ?? "document") === "document";
  }
  return wantsHtml(request) && request.header("x-requested-with") === undefined;
}

/** Whether a page, and not JSON, is the right form for an answer. */
export function wantsHtml(request: RequestView): boolean {
  return (request.header("accept") ?? "").includes("text/html");
}
