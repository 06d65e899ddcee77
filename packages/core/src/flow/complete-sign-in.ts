import { redirect } from "../http/responses.ts";
import { randomToken } from "../seal/random.ts";
import { assertAdmitted } from "./admission.ts";
import { askAuthorized } from "./ask-authorized.ts";
import type { Attempt } from "./attempt.ts";
import { beginAuthorization } from "./authorize.ts";
import { grantKeyOf } from "./grant-key.ts";
import type { RequestScope } from "./request-scope.ts";
import { renew, requireSession } from "./session.ts";
import type { SignIn } from "./sign-in.ts";
import { wasSignedOut } from "./sign-outs.ts";
import { consentRetryOf, declinedScopes, needsConsentRetry, storeGrant } from "./store-grant.ts";
import type { Validated } from "./store-grant.ts";

/**
 * Signs the user of a validated token response in: asks the app (`admit`, `on.authorized`), renews the session, stores
 * the grant, and redirects to the return address, or to the consent retry.
 * @throws AuthError `sign_in_refused`, `app_timeout`, `session_unavailable`, `store_unavailable`; errors of `on.authorized`
 */
export async function completeSignIn(
  scope: RequestScope,
  attempt: Attempt,
  { user, at, response }: Validated,
): Promise<Response> {
  const { context, request } = scope;
  const { options, signIns, notify } = context;
  const { raw } = request;
  await assertAdmitted(scope, user);
  // The hook may create the app's user, so it must not run if the sign-in cannot be kept.
  const session = requireSession(request);
  const scopes = response.scopes ?? attempt.scopes;
  const former = signIns.read(request);
  const event = { user, scopes, ...ofUser(request.userId), request: raw };
  const { userId, isChanged, handOver } = await askAuthorized(scope, event);

  const before = isChanged ? undefined : await signInBefore(scope);
  const isAnother = before?.user.sub !== user.sub;
  const decidesUser = isChanged || before?.decidesUser === true || signIns.hasLeftovers(request);
  // The session gets its new ID before it holds anything worth stealing.
  if (isChanged) {
    // Invalidate the former user's sign-in, so that a stale or stolen copy of the session no longer works.
    if (former !== undefined) signIns.end(session, former, undefined);
    await handOver();
    // If the store fails now, the next request empties the session, so that the app's user is logged in nowhere.
    signIns.markLeftovers(session);
  } else if (isAnother) {
    const formerSubject = before?.user.sub ?? signIns.formerSubject(session);
    const keepsContent = userId !== undefined || formerSubject === undefined || formerSubject === user.sub;
    await renew(session, keepsContent ? "all" : "nothing");
  }

  const granted = { user, at, scopes, response, now: options.now(), linked: false };
  const key = grantKeyOf(context, { user, ...ofUser(userId) });
  const grant = await storeGrant(context.vaultOf(request), key, granted);
  const declined = declinedScopes(attempt, grant);
  const next: SignIn = {
    id: isAnother ? randomToken(16) : before.id,
    user: grant.user,
    at,
    ...ofUser(userId),
    ...(userId !== undefined && decidesUser && { decidesUser }),
    scopes: grant.scopes,
    ...(declined.length > 0 && { declined: { scopes: declined, at: options.now() } }),
  };
  // Invalidate the old sign-in ID, so that a stale or stolen copy of the session no longer works.
  if (isAnother && before !== undefined) signIns.end(session, before, userId);
  signIns.write(session, next);
  await session.save();
  if (before === undefined) context.loopGuard.countRound(request);
  if (declined.length > 0) await notify.report("denied", { user, scopes: declined, request: raw });

  if (!needsConsentRetry(options, attempt, grant)) return redirect(attempt.returnTo);
  return redirect(beginAuthorization(scope, consentRetryOf(attempt), next));
}

function ofUser(userId: string | undefined): { readonly userId?: string } {
  return userId === undefined ? {} : { userId };
}

/** The session's sign-in, unless the user has signed out everywhere meanwhile. */
async function signInBefore({ context, request }: RequestScope): Promise<SignIn | undefined> {
  const present = context.signIns.read(request);
  if (present === undefined || !(await wasSignedOut(context, present.user.sub, present.at))) return present;
  context.signIns.end(requireSession(request), present, undefined);
  return undefined;
}
