import { AuthError } from "../errors/auth-error.ts";
import { redirect } from "../http/responses.ts";
import { ownerIdOf } from "../store/owner-id.ts";
import { assertAdmitted } from "./admission.ts";
import { askAuthorized } from "./ask-authorized.ts";
import type { Attempt, Link } from "./attempt.ts";
import { beginAuthorization } from "./authorize.ts";
import type { AuthorizationRequest } from "./authorize.ts";
import { userIdForHooks } from "./owner.ts";
import type { RequestScope } from "./request-scope.ts";
import { renew, requireSession } from "./session.ts";
import type { SignIn } from "./sign-in.ts";
import { wasSignedOut } from "./sign-outs.ts";
import { standingOf } from "./standing.ts";
import { consentRetryOf, declinedScopes, needsConsentRetry, storeGrant } from "./store-grant.ts";
import type { Validated } from "./store-grant.ts";

/**
 * Begins an authorization that links an account to the signed-in user. A user of the app who is not signed in with
 * Google has no sign-in to link to: they sign in instead.
 * @throws AuthError `sign_in_required` if no user is signed in
 */
export async function beginLink(scope: RequestScope, wanted: AuthorizationRequest): Promise<string> {
  requireSession(scope.request);
  const { signIn } = await standingOf(scope);
  if (signIn === undefined && scope.request.userId === undefined) throw new AuthError("sign_in_required");
  return beginAuthorization(scope, { ...wanted, link: true }, signIn);
}

/**
 * The sign-in that began a link, if it is still the present one.
 * @throws AuthError `user_mismatch` if it has ended, or another user has signed in
 */
export async function signInOfLink({ context, request }: RequestScope, { signIn }: Link): Promise<SignIn> {
  const present = context.signIns.read(request);
  if (present?.id !== signIn || (await wasSignedOut(context, present.user.sub, present.at))) {
    throw new AuthError("user_mismatch", { detail: "the sign-in to which the account should be linked has ended" });
  }
  return present;
}

/** Stores the grant of another account under the owner of the sign-in. The sign-in and the session do not change. */
export async function linkAccount(
  scope: RequestScope,
  attempt: Attempt & { readonly link: Link },
  { user, at, response }: Validated,
): Promise<Response> {
  const { context, request } = scope;
  const { options, notify } = context;
  const { link } = attempt;
  const candidate = { user, linked: true, request: request.raw } as const;
  await assertAdmitted(scope, user, true);

  const scopes = response.scopes ?? attempt.scopes;
  const owner = ownerIdOf({ userId: attempt.userId, subject: link.subject });
  const key = { client: options.client.clientId, owner, account: user.sub };
  const { isChanged } = await askAuthorized(scope, { ...candidate, scopes, ...userIdForHooks(key) });
  if (isChanged) {
    // The user that the hook logged in must not see the content of the one who began the link.
    await renew(requireSession(request), "nothing");
    throw new AuthError("user_mismatch", {
      detail:
        "`on.authorized` logged another user in to the app while an account was linked; it must not if `linked` is true",
    });
  }

  // The user may have signed out while Google and the hooks were working.
  const present = await signInOfLink(scope, link);
  const granted = { user, at, scopes, response, now: options.now(), linked: true };
  const grant = await storeGrant(context.vaultOf(request), key, granted);

  const declined = declinedScopes(attempt, grant);
  if (declined.length > 0) await notify.report("denied", { ...candidate, scopes: declined });
  if (!needsConsentRetry(options, attempt, grant)) return redirect(attempt.returnTo);
  const retry = { ...consentRetryOf(attempt), link: true, loginHint: user.sub };
  return redirect(beginAuthorization(scope, retry, present));
}
