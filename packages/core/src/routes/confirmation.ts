import { AuthError, toAuthError } from "../errors/auth-error.ts";
import { wayBack } from "../flow/addresses.ts";
import type { RequestScope } from "../flow/request-scope.ts";
import { isSameOrigin } from "../flow/same-origin.ts";
import type { SignIn } from "../flow/sign-in.ts";
import { revokeAndSignOut, signOut } from "../flow/sign-out.ts";
import { signInToEnd } from "../flow/standing.ts";
import { isSignInScope } from "../google/scopes.ts";
import { wantsHtml } from "../http/navigation.ts";
import { json, redirect } from "../http/responses.ts";
import { errorPage, revokePage, signOutPage } from "../pages/index.ts";
import { errorResponse } from "./responses.ts";

/** An action that changes something: GET shows what it would do, and POST from a page of this app does it. */
export type ConfirmedAction = "revoke" | "signOut";

/** Bytes. Scopegate's own forms are far smaller. */
const MAX_BODY = 8192;

export async function confirmationRoute(scope: RequestScope, action: ConfirmedAction): Promise<Response> {
  const { request } = scope;
  const { url } = request;
  const end = url.includes("?") ? url.indexOf("?") : url.length;
  const path = url.slice(0, end);
  const returnTo = wayBack(scope, new URLSearchParams(url.slice(end)));
  try {
    const signIn = await signInToEnd(scope);
    if (request.method !== "POST") {
      if (signIn === undefined) return redirect(returnTo);
      const formAction = `${path}?${new URLSearchParams({ return_to: returnTo }).toString()}`;
      return showForm(scope, action, signIn, formAction, returnTo);
    }
    await assertOwnForm(scope, action, signIn);
    await (action === "revoke" ? revokeAndSignOut(scope) : signOut(scope));
    return wantsHtml(request) ? redirect(returnTo, 303) : json({ ok: true }, 200);
  } catch (thrown) {
    const error = toAuthError(thrown, "internal_error");
    const retryHref = error.code === "cross_site_request" ? path : undefined;
    return errorResponse(scope, error, errorPage(error, { homeHref: "/", retryHref }));
  }
}

function showForm(
  { context, request }: RequestScope,
  action: ConfirmedAction,
  signIn: SignIn,
  formAction: string,
  homeHref: string,
): Response {
  const common = {
    action: formAction,
    token: context.formTokens.make(tokenSubject(action, signIn)),
    homeHref,
    user: signIn.user.email ?? signIn.user.name,
  };
  const scopes = signIn.scopes.filter((name) => !isSignInScope(name));
  const page = action === "revoke" ? revokePage({ ...common, scopes }) : signOutPage(common);
  // A return address in this app may be a guarded page, which redirects on to Google.
  const formTargets = [homeHref, context.options.endpoints.authorization];
  return context.pages.respond(page, request.header("accept-language"), { formTargets });
}

/** @throws AuthError `cross_site_request` unless the form provably comes from a page of this app */
async function assertOwnForm(
  { context, request }: RequestScope,
  action: ConfirmedAction,
  signIn: SignIn | undefined,
): Promise<void> {
  const sameOrigin = isSameOrigin(request, context.options.ownOrigins);
  if (sameOrigin === true) return;
  if (sameOrigin === undefined && signIn !== undefined) {
    const token = new URLSearchParams(await request.body(MAX_BODY)).get("token");
    if (token !== null && context.formTokens.verify(token, tokenSubject(action, signIn))) return;
  }
  throw new AuthError("cross_site_request");
}

function tokenSubject(action: ConfirmedAction, { id }: SignIn): string {
  return `${action} ${id}`;
}
