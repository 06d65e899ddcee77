import { toAuthError } from "../errors/auth-error.ts";
import type { AuthError } from "../errors/auth-error.ts";
import { authorizeUrl } from "../flow/addresses.ts";
import { CallbackFailure, completeAuthorization } from "../flow/callback.ts";
import type { RequestScope } from "../flow/request-scope.ts";
import { isSignInScope } from "../google/scopes.ts";
import { accountPage, deniedPage, errorPage } from "../pages/index.ts";
import type { PageDraft } from "../pages/index.ts";
import { observe } from "../util/diagnostics.ts";
import { errorResponse } from "./responses.ts";

/** Handles the callback, where Google sends the browser after the consent. */
export async function callbackRoute(scope: RequestScope): Promise<Response> {
  const { context, request } = scope;
  try {
    return await observe("callback", context.options.name, () => completeAuthorization(scope));
  } catch (thrown) {
    const failure = thrown instanceof CallbackFailure ? thrown : undefined;
    const error = failure?.error ?? toAuthError(thrown, "internal_error");
    if (error.code !== "access_denied") await context.notify.failed(error, request);
    return errorResponse(scope, error, pageOf(scope, error, failure));
  }
}

/** The page of a failed callback. It always has a way on, and never redirects by itself. */
function pageOf(scope: RequestScope, error: AuthError, failure: CallbackFailure | undefined): PageDraft {
  const { context, request } = scope;
  const homeHref = "/";
  const signedInAs = request.session === undefined ? undefined : context.signIns.read(request)?.user.email;
  if (failure === undefined) {
    // The purpose of this callback is unknown. A signed-in user has nothing to start again.
    const retryHref = signedInAs === undefined ? authorizeUrl(scope) : undefined;
    return errorPage(error, { homeHref, retryHref, signedInAs });
  }
  const { attempt, other } = failure;
  const { returnTo } = attempt;
  const scopes = attempt.scopes.filter((name) => !isSignInScope(name));
  // A link cannot be retried after its sign-in has ended.
  const link = attempt.link !== undefined && error.code !== "user_mismatch";
  const retry = (loginHint?: string) => authorizeUrl(scope, { scopes, returnTo, loginHint, link }) ?? returnTo;

  if (other !== undefined && attempt.expectedSubject !== undefined) {
    return accountPage({
      expected: signedInAs ?? attempt.expectedSubject,
      actual: other.email ?? other.sub,
      continueHref: retry(other.sub),
      retryHref: retry(attempt.expectedSubject),
      homeHref,
    });
  }
  if (error.code === "access_denied") return deniedPage({ scopes, retryHref: retry(), homeHref, signedInAs });
  return errorPage(error, { homeHref, retryHref: retry(), signedInAs });
}
