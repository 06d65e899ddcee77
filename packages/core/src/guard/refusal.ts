import { AuthError } from "../errors/auth-error.ts";
import { authorizeUrl, canonicalUrl, refererPath } from "../flow/addresses.ts";
import { beginAuthorization } from "../flow/authorize.ts";
import type { FlowContext } from "../flow/context.ts";
import { safeReturnTo } from "../flow/return-to.ts";
import type { SignIn } from "../flow/sign-in.ts";
import { isNavigation } from "../http/navigation.ts";
import type { RequestView } from "../http/request-view.ts";
import { json, redirect } from "../http/responses.ts";
import { declinedPage, errorPage } from "../pages/index.ts";
import { answerError } from "../routes/answers.ts";

/** Why a request may not pass, where the user can mend it. */
export type RefusalCode =
  | "sign_in_required"
  | "reconnect_required"
  | "reauthentication_required"
  | "insufficient_scope";

/** Milliseconds for which "no" is taken for an answer, and a guarded page explains instead of asking again. */
const DECLINED_FOR = 10 * 60_000;

/** What is refused to whom. */
export interface Refusal {
  readonly code: RefusalCode;
  /** Scopes to ask for. */
  readonly scopes: readonly string[];
  readonly signIn: SignIn | undefined;
}

/** The refusal as RFC 6750 section 3 words it, with the address where the user can mend it. */
export function refusalError(context: FlowContext, request: RequestView, { code, scopes }: Refusal): AuthError {
  const url = authorizeUrl(context, request, { scopes, returnTo: refererPath(context, request) });
  const lacksScopes = code === "insufficient_scope";
  const challenge = lacksScopes ? `Bearer error="insufficient_scope", scope="${scopes.join(" ")}"` : "Bearer";
  return new AuthError(code, {
    ...(lacksScopes && { missing: scopes }),
    ...(url !== undefined && { authorizeUrl: url }),
    headers: { "WWW-Authenticate": challenge },
  });
}

/**
 * Answers a request that may not pass: a navigation goes to Google and comes back here, any other request is told where
 * to go.
 */
export function answerRefusal(
  context: FlowContext,
  request: RequestView,
  refusal: Refusal,
  error: AuthError,
): Response {
  if (!isNavigation(request)) return json(error.toJSON(), error.status, error.headers);

  const { options } = context;
  const { code, scopes, signIn } = refusal;
  const returnTo = safeReturnTo(request.url, options);
  if (signIn === undefined && context.loopGuard.goesInCircles(request)) {
    const lost = new AuthError("session_lost");
    const retryHref = authorizeUrl(context, request, { scopes, returnTo });
    return answerError(context, request, lost, errorPage(lost, { homeHref: "/", retryHref }));
  }
  if (code === "insufficient_scope" && hasJustDeclined(signIn, scopes, options.now())) {
    const askAgainHref = authorizeUrl(context, request, { scopes, returnTo }) ?? "/";
    const page = declinedPage({ missing: scopes, askAgainHref, homeHref: "/", signedInAs: signIn?.user.email });
    return context.pages.respond(page, request.header("accept-language"));
  }
  const elsewhere = canonicalUrl(options.redirectUris, request);
  if (elsewhere !== undefined) return redirect(elsewhere);
  const reconnect = code === "reconnect_required";
  // A dead grant's refresh token comes back only if consent is shown.
  const prompt = reconnect && options.accessType === "offline" ? "consent" : undefined;
  return redirect(beginAuthorization(context, request, { scopes, returnTo, prompt, reconnect }, signIn));
}

function hasJustDeclined(signIn: SignIn | undefined, missing: readonly string[], now: number): boolean {
  const declined = signIn?.declined;
  return (
    declined !== undefined &&
    now - declined.at < DECLINED_FOR &&
    missing.every((scope) => declined.scopes.includes(scope))
  );
}
