import { GoogleAuth } from "../api/google-auth.ts";
import { AuthError, toAuthError } from "../errors/auth-error.ts";
import { wayBack } from "../flow/addresses.ts";
import { isSameOrigin } from "../flow/same-origin.ts";
import type { SignIn } from "../flow/sign-in.ts";
import { signInToEnd } from "../flow/standing.ts";
import { isSignInScope } from "../google/scopes.ts";
import { wantsHtml } from "../http/navigation.ts";
import { json, redirect } from "../http/responses.ts";
import { errorPage, revokePage, signOutPage } from "../pages/index.ts";
import { answerError, methodNotAllowed } from "./answers.ts";

/** A route that changes something: GET shows what it would do, POST from a page of this app does it. */
export type ConfirmedAction = "revoke" | "signOut";

/** A form of ours is far smaller. */
const MAX_BODY = 8192;

export async function confirmationRoute(auth: GoogleAuth, action: ConfirmedAction): Promise<Response> {
  const { context, request } = GoogleAuth.partsOf(auth);
  const { method } = request;
  const isForm = method === "GET" || method === "HEAD";
  if (!isForm && method !== "POST") return methodNotAllowed(context, request, "GET, HEAD, POST");

  const { url } = request;
  const end = url.includes("?") ? url.indexOf("?") : url.length;
  const path = url.slice(0, end);
  const returnTo = wayBack(context, request, new URLSearchParams(url.slice(end)));
  try {
    const signIn = await signInToEnd(context, request);
    if (isForm) {
      if (signIn === undefined) return redirect(returnTo);
      const form = `${path}?${new URLSearchParams({ return_to: returnTo }).toString()}`;
      return showForm(auth, action, signIn, form, returnTo);
    }
    await assertOwnForm(auth, action, signIn);
    await (action === "revoke" ? auth.revoke() : auth.signOut());
    return wantsHtml(request) ? redirect(returnTo, 303) : json({ ok: true }, 200);
  } catch (thrown) {
    const error = toAuthError(thrown, "internal_error");
    const retryHref = error.code === "cross_site_request" ? path : undefined;
    return answerError(context, request, error, errorPage(error, { homeHref: "/", retryHref }));
  }
}

function showForm(auth: GoogleAuth, action: ConfirmedAction, signIn: SignIn, form: string, homeHref: string): Response {
  const { context, request } = GoogleAuth.partsOf(auth);
  const common = {
    action: form,
    token: context.formTokens.make(tokenSubject(action, signIn)),
    homeHref,
    user: signIn.user.email ?? signIn.user.name,
  };
  const scopes = signIn.scopes.filter((scope) => !isSignInScope(scope));
  const page = action === "revoke" ? revokePage({ ...common, scopes }) : signOutPage(common);
  return context.pages.respond(page, request.header("accept-language"));
}

/** @throws AuthError `cross_site_request` for a form that is not provably one of this app's */
async function assertOwnForm(auth: GoogleAuth, action: ConfirmedAction, signIn: SignIn | undefined): Promise<void> {
  const { context, request } = GoogleAuth.partsOf(auth);
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
