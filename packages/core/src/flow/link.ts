import { AuthError } from "../errors/auth-error.ts";
import { isSignInScope, missingScopes } from "../google/scopes.ts";
import type { TokenResponse } from "../google/token-response.ts";
import type { VerifiedUser } from "../google/user.ts";
import type { RequestView } from "../http/request-view.ts";
import { redirect } from "../http/responses.ts";
import type { Attempt, Link } from "./attempt.ts";
import { beginAuthorization } from "./authorize.ts";
import type { AuthorizationRequest } from "./authorize.ts";
import type { FlowContext } from "./context.ts";
import { ownerOf, toldOwner } from "./owner.ts";
import { requireSession } from "./session.ts";
import type { SignIn } from "./sign-in.ts";
import { wasSignedOut } from "./sign-outs.ts";
import { standingOf } from "./standing.ts";
import { needsRerun, rerunOf, storeGrant } from "./store-grant.ts";

/**
 * Begins an authorization that adds an account to who is signed in. A user of the app who is not signed in with Google
 * has nothing to add to: theirs is an ordinary sign-in.
 * @throws AuthError `sign_in_required` where there is nobody
 */
export async function beginLink(
  context: FlowContext,
  request: RequestView,
  wanted: AuthorizationRequest,
): Promise<string> {
  requireSession(request);
  const { signIn } = await standingOf(context, request);
  if (signIn === undefined && request.userId === undefined) throw new AuthError("sign_in_required");
  return beginAuthorization(context, request, { ...wanted, link: true }, signIn);
}

/**
 * The sign-in that an account is being linked to: the very one that asked for it, still in force.
 * @throws AuthError `user_mismatch` where it has ended, or somebody else has signed in
 */
export async function signInOfLink(context: FlowContext, request: RequestView, { signIn }: Link): Promise<SignIn> {
  const present = context.signIns.read(request);
  if (present?.id !== signIn || (await wasSignedOut(context, present.user.sub, present.at))) {
    throw new AuthError("user_mismatch", { detail: "the sign-in that an account was to be linked to is over" });
  }
  return present;
}

/**
 * Stores the grant of another account beside that of who is signed in, under the same owner. Who is signed in, the
 * session and what it remembers stay as they are.
 */
export async function linkAccount(
  context: FlowContext,
  request: RequestView,
  attempt: Attempt & { readonly link: Link },
  user: VerifiedUser,
  response: TokenResponse,
): Promise<Response> {
  const { options, notify } = context;
  const { link } = attempt;
  const candidate = { user, linked: true, request: request.raw } as const;
  if (options.admit !== undefined && !(await options.admit(candidate))) throw new AuthError("sign_in_refused");

  const scopes = response.scopes ?? attempt.scopes;
  const key = { client: options.client.clientId, owner: ownerOf(attempt.owner, link.subject), account: user.sub };
  await notify.authorized({ ...candidate, scopes, ...toldOwner(key) });

  // Google and the hooks took their time: who has signed out meanwhile links nothing.
  const present = await signInOfLink(context, request, link);
  const granted = { user, scopes, response, now: options.now(), linked: true };
  const grant = await storeGrant(context.vaultOf(request), key, granted);

  const declined = missingScopes(new Set(grant.scopes), attempt.scopes).filter((scope) => !isSignInScope(scope));
  if (declined.length > 0) await notify.denied({ ...candidate, scopes: declined });
  if (!needsRerun(options, attempt, grant)) return redirect(attempt.returnTo);
  const again = { ...rerunOf(attempt), link: true, loginHint: user.sub };
  return redirect(beginAuthorization(context, request, again, present));
}
