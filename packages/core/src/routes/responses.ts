import type { AuthError } from "../errors/auth-error.ts";
import type { RequestScope } from "../flow/request-scope.ts";
import { wantsHtml } from "../http/navigation.ts";
import { json, PRIVATE_HEADERS } from "../http/responses.ts";
import type { PageDraft } from "../pages/index.ts";

/** The response for an error: a page for a browser, JSON for a program. */
export function errorResponse({ context, request }: RequestScope, error: AuthError, page: PageDraft): Response {
  if (!wantsHtml(request)) return json(error.toJSON(), error.status, error.headers);
  return context.pages.respond(page, request.header("accept-language"), { headers: error.headers });
}

/**
 * The response to a prefetch of an address that would begin an authorization. It is an error, because Chromium would show
 * a prefetched success to the user who follows the link later; after an error it requests the address again.
 */
export function prefetchResponse(): Response {
  return new Response("This address begins a sign-in, so it cannot be loaded in advance.\n", {
    status: 503,
    headers: { ...PRIVATE_HEADERS, "Content-Type": "text/plain; charset=utf-8" },
  });
}
