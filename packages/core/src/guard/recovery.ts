import { AuthError } from "../errors/auth-error.ts";
import { authorizeUrl, pageOfRequest } from "../flow/addresses.ts";
import type { RequestScope } from "../flow/request-scope.ts";
import { standingOf } from "../flow/standing.ts";
import { isNavigation } from "../http/navigation.ts";
import { errorPage } from "../pages/index.ts";
import { errorResponse } from "../routes/responses.ts";
import { refusalError, refusalResponse } from "./refusal.ts";
import type { RefusalCode } from "./refusal.ts";

/** The errors that the user can resolve by signing in or by giving consent. */
const RECOVERABLE = new Set<string>([
  "sign_in_required",
  "reconnect_required",
  "reauthentication_required",
  "insufficient_scope",
] satisfies RefusalCode[]);

/**
 * The response to an error that a handler threw. If the user can resolve an `AuthError`, it is the response that a guard
 * gives; for any other `AuthError` it is a page or JSON.
 * @returns `undefined` for an error that is no `AuthError`, and if the response has begun
 */
export async function recoverFrom(scope: RequestScope, thrown: unknown): Promise<Response | undefined> {
  const { request } = scope;
  if (!(thrown instanceof AuthError) || request.headersSent) return undefined;
  const returnTo = pageOfRequest(scope);
  const showError = (retryHref: string | undefined) =>
    errorResponse(scope, thrown, errorPage(thrown, { homeHref: "/", retryHref }));

  if (!RECOVERABLE.has(thrown.code)) return showError(isNavigation(request) ? returnTo : undefined);
  // The handler used a linked account. The user decides when to link it again.
  const linkUrl = linkUrlOf(thrown, returnTo);
  if (linkUrl !== undefined) return showError(linkUrl);

  const { signIn, hasGrant } = await standingOf(scope);
  const granted = signIn?.scopes ?? [];
  if (hasGrant && thrown.missing.length === 0) {
    // A guard would let this request pass, so a redirect to Google could repeat for ever. The page has a link instead.
    return showError(authorizeUrl(scope, { scopes: granted, returnTo }));
  }
  // If the error names no scopes, the granted ones are requested again.
  const scopes = thrown.missing.length > 0 ? thrown.missing : granted;
  const refusal = { code: thrown.code as RefusalCode, scopes, signIn };
  return refusalResponse(scope, refusal, refusalError(scope, refusal));
}

/** The address that links the account of the error again and leads back to this page. */
function linkUrlOf({ authorizeUrl: address }: AuthError, returnTo: string): string | undefined {
  const url = address === undefined ? undefined : new URL(address);
  if (!url?.searchParams.has("link")) return undefined;
  url.searchParams.set("return_to", returnTo);
  return url.href;
}
