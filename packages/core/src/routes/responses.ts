import type { AuthError } from "../errors/auth-error.ts";
import type { RequestScope } from "../flow/request-scope.ts";
import { wantsHtml } from "../http/navigation.ts";
import { json } from "../http/responses.ts";
import type { PageDraft } from "../pages/index.ts";

/** The response for an error: a page for a browser, JSON for a program. */
export function errorResponse({ context, request }: RequestScope, error: AuthError, page: PageDraft): Response {
  if (!wantsHtml(request)) return json(error.toJSON(), error.status, error.headers);
  return context.pages.respond(page, request.header("accept-language"), error.headers);
}
