import { AuthError } from "../errors/auth-error.ts";
import { authorizeUrl, canonicalUrl, pageOfRequest, refererPath } from "../flow/addresses.ts";
import { beginAuthorization } from "../flow/authorize.ts";
import type { RequestScope } from "../flow/request-scope.ts";
import type { SignIn } from "../flow/sign-in.ts";
import { isFormNavigation, isNavigation, isPrefetch } from "../http/navigation.ts";
import { json, redirect } from "../http/responses.ts";
import { declinedPage, errorPage, formPage } from "../pages/index.ts";
import { errorResponse, prefetchResponse } from "../routes/responses.ts";

/** Why a guard refuses a request. The user can resolve each of these. */
export type RefusalCode =
  | "sign_in_required"
  | "reconnect_required"
  | "reauthentication_required"
  | "insufficient_scope";

/** Milliseconds for which declined scopes are not requested again: a guarded page explains instead. */
const DECLINED_FOR = 10 * 60_000;

/** A refused request. */
export interface Refusal {
  readonly code: RefusalCode;
  /** Scopes to request. */
  readonly scopes: readonly string[];
  readonly signIn: SignIn | undefined;
}

/** The refusal as an error (RFC 6750 section 3), with the address where the user can resolve it. */
export function refusalError(scope: RequestScope, { code, scopes }: Refusal): AuthError {
  const url = authorizeUrl(scope, { scopes, returnTo: refererPath(scope) });
  const lacksScopes = code === "insufficient_scope";
  const challenge = lacksScopes ? `Bearer error="insufficient_scope", scope="${scopes.join(" ")}"` : "Bearer";
  return new AuthError(code, {
    ...(lacksScopes && { missing: scopes }),
    ...(url !== undefined && { authorizeUrl: url }),
    headers: { "WWW-Authenticate": challenge },
  });
}

/**
 * The response to a refused request. A navigation goes to Google and returns to this address. A form gets a page with the
 * address, a prefetch an error, and any other request JSON with the address. A page takes the place of the redirect if
 * the redirect would repeat.
 */
export function refusalResponse(scope: RequestScope, refusal: Refusal, error: AuthError): Response {
  const { context, request } = scope;
  if (isPrefetch(request)) return prefetchResponse();
  const { options } = context;
  const { code, scopes, signIn } = refusal;
  if (isFormNavigation(request)) {
    const formHref = pageOfRequest(scope);
    const page = formPage(error, {
      continueHref: authorizeUrl(scope, { scopes, returnTo: formHref }),
      backHref: formHref === "/" ? undefined : formHref,
      homeHref: "/",
      signedInAs: signIn?.user.email,
    });
    return errorResponse(scope, error, page);
  }
  if (!isNavigation(request)) return json(error.toJSON(), error.status, error.headers);

  const returnTo = pageOfRequest(scope);
  if (signIn === undefined && context.loopGuard.isLooping(request)) {
    const lost = new AuthError("session_lost");
    const retryHref = authorizeUrl(scope, { scopes, returnTo });
    return errorResponse(scope, lost, errorPage(lost, { homeHref: "/", retryHref }));
  }
  if (code === "insufficient_scope" && hasJustDeclined(signIn, scopes, options.now())) {
    const askAgainHref = authorizeUrl(scope, { scopes, returnTo }) ?? "/";
    const page = declinedPage({ missing: scopes, askAgainHref, homeHref: "/", signedInAs: signIn?.user.email });
    return context.pages.respond(page, request.header("accept-language"));
  }
  const elsewhere = canonicalUrl(options.redirectUris, request);
  if (elsewhere !== undefined) return redirect(elsewhere);
  const reconnect = code === "reconnect_required";
  // Google sends a new refresh token only after showing the consent screen.
  const prompt = reconnect && options.accessType === "offline" ? "consent" : undefined;
  return redirect(beginAuthorization(scope, { scopes, returnTo, prompt, reconnect }, signIn));
}

function hasJustDeclined(signIn: SignIn | undefined, missing: readonly string[], now: number): boolean {
  const declined = signIn?.declined;
  return (
    declined !== undefined &&
    now - declined.at < DECLINED_FOR &&
    missing.every((scope) => declined.scopes.includes(scope))
  );
}
