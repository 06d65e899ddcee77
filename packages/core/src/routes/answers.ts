import { AuthError } from "../errors/auth-error.ts";
import type { FlowContext } from "../flow/context.ts";
import { wantsHtml } from "../http/navigation.ts";
import type { RequestView } from "../http/request-view.ts";
import { json } from "../http/responses.ts";
import { errorPage } from "../pages/index.ts";
import type { PageDraft } from "../pages/index.ts";

/** An error's answer: its page to a browser, its JSON to a program. */
export function answerError(context: FlowContext, request: RequestView, error: AuthError, page: PageDraft): Response {
  if (!wantsHtml(request)) return json(error.toJSON(), error.status, error.headers);
  return context.pages.respond(page, request.header("accept-language"), error.headers);
}

/** 405 with the methods that there are (RFC 9110 section 15.5.6). */
export function methodNotAllowed(context: FlowContext, request: RequestView, allow: string): Response {
  const error = new AuthError("method_not_allowed", { headers: { Allow: allow } });
  return answerError(context, request, error, errorPage(error, { homeHref: "/" }));
}
