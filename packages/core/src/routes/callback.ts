import { toAuthError } from "../errors/auth-error.ts";
import type { AuthError } from "../errors/auth-error.ts";
import { authorizeUrl } from "../flow/addresses.ts";
import { CallbackFailure, completeAuthorization } from "../flow/callback.ts";
import type { FlowContext } from "../flow/context.ts";
import { isSignInScope } from "../google/scopes.ts";
import type { RequestView } from "../http/request-view.ts";
import { accountPage, deniedPage, errorPage } from "../pages/index.ts";
import type { PageDraft } from "../pages/index.ts";
import { observe } from "../util/diagnostics.ts";
import { answerError, methodNotAllowed } from "./answers.ts";

/** Where Google sends the browser back to. HEAD is refused: whatever scans links must not spend the code. */
export async function callbackRoute(context: FlowContext, request: RequestView): Promise<Response> {
  if (request.method !== "GET") return methodNotAllowed(context, request, "GET");
  try {
    return await observe("callback", context.options.name, () => completeAuthorization(context, request));
  } catch (thrown) {
    const failure = thrown instanceof CallbackFailure ? thrown : undefined;
    const error = failure?.error ?? toAuthError(thrown, "internal_error");
    if (error.code !== "access_denied") await context.notify.failed(error, request);
    return answerError(context, request, error, pageOf(context, request, error, failure));
  }
}

/** The page of a callback that led nowhere: never a dead end, and never a redirect by itself. */
function pageOf(
  context: FlowContext,
  request: RequestView,
  error: AuthError,
  failure: CallbackFailure | undefined,
): PageDraft {
  const homeHref = "/";
  const signedInAs = request.session === undefined ? undefined : context.signIns.read(request)?.user.email;
  if (failure === undefined) {
    // Nobody knows what this callback was for; whoever is signed in has nothing to start again.
    const retryHref = signedInAs === undefined ? authorizeUrl(context, request) : undefined;
    return errorPage(error, { homeHref, retryHref, signedInAs });
  }
  const { attempt, other } = failure;
  const { returnTo } = attempt;
  const scopes = attempt.scopes.filter((scope) => !isSignInScope(scope));
  // Of a link whose sign-in is over nothing is left to try again.
  const link = attempt.link !== undefined && error.code !== "user_mismatch";
  const again = (loginHint?: string) =>
    authorizeUrl(context, request, { scopes, returnTo, loginHint, link }) ?? returnTo;

  if (other !== undefined && attempt.expectedSubject !== undefined) {
    return accountPage({
      expected: signedInAs ?? attempt.expectedSubject,
      actual: other.email ?? other.sub,
      continueHref: again(other.sub),
      retryHref: again(attempt.expectedSubject),
      homeHref,
    });
  }
  if (error.code === "access_denied") return deniedPage({ scopes, retryHref: again(), homeHref, signedInAs });
  return errorPage(error, { homeHref, retryHref: again(), signedInAs });
}
