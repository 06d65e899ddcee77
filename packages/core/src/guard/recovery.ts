import { GoogleAuth } from "../api/google-auth.ts";
import { AuthError } from "../errors/auth-error.ts";
import { authorizeUrl } from "../flow/addresses.ts";
import { safeReturnTo } from "../flow/return-to.ts";
import { standingOf } from "../flow/standing.ts";
import { isNavigation } from "../http/navigation.ts";
import { errorPage } from "../pages/index.ts";
import { answerError } from "../routes/answers.ts";
import { answerRefusal, refusalError } from "./refusal.ts";
import type { RefusalCode } from "./refusal.ts";

const MENDED_BY_THE_USER = new Set<string>([
  "sign_in_required",
  "reconnect_required",
  "reauthentication_required",
  "insufficient_scope",
] satisfies RefusalCode[]);

/**
 * The answer to an `AuthError` that a handler threw: as a guard would have answered where the user can mend it, and
 * otherwise a page, or JSON. `undefined` for any other error, and where the response's head has left.
 */
export async function answerThrown(auth: GoogleAuth, thrown: unknown): Promise<Response | undefined> {
  const { context, request } = GoogleAuth.partsOf(auth);
  if (!(thrown instanceof AuthError) || request.headersSent) return undefined;
  if (!MENDED_BY_THE_USER.has(thrown.code)) {
    const retryHref = isNavigation(request) ? safeReturnTo(request.url, context.options) : undefined;
    return answerError(context, request, thrown, errorPage(thrown, { homeHref: "/", retryHref }));
  }
  const linkUrl = linkUrlOf(thrown, safeReturnTo(request.url, context.options));
  if (linkUrl !== undefined) {
    // Another account than the one that guards ask about: the user links it anew, when they want to.
    return answerError(context, request, thrown, errorPage(thrown, { homeHref: "/", retryHref: linkUrl }));
  }
  const { signIn, hasGrant } = await standingOf(context, request);
  if (hasGrant && thrown.missing.length === 0) {
    // Nothing that a guard would ask for: going to Google by itself could go on for ever.
    const returnTo = safeReturnTo(request.url, context.options);
    const retryHref = authorizeUrl(context, request, { scopes: signIn?.scopes ?? [], returnTo });
    return answerError(context, request, thrown, errorPage(thrown, { homeHref: "/", retryHref }));
  }
  // Whatever the handler needs was granted once, or the guard before it would have asked.
  const scopes = thrown.missing.length > 0 ? thrown.missing : (signIn?.scopes ?? []);
  const refusal = { code: thrown.code as RefusalCode, scopes, signIn };
  return answerRefusal(context, request, refusal, refusalError(context, request, refusal));
}

/** Where a linked account that a handler needs is linked again, and back to this page. */
function linkUrlOf({ authorizeUrl: address }: AuthError, returnTo: string): string | undefined {
  const url = address === undefined ? undefined : new URL(address);
  if (!url?.searchParams.has("link")) return undefined;
  url.searchParams.set("return_to", returnTo);
  return url.href;
}
