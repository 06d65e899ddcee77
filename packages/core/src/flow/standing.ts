import { AuthError } from "../errors/auth-error.ts";
import { correctScopes } from "./correct-scopes.ts";
import { signInFromOtherDevice } from "./device-adoption.ts";
import { grantKeyOf } from "./grant-key.ts";
import type { RequestScope } from "./request-scope.ts";
import { moveSessionGrants } from "./session-grants.ts";
import { renew, requireSession } from "./session.ts";
import type { SignIn } from "./sign-in.ts";
import { wasSignedOut } from "./sign-outs.ts";

/** The sign-in of a request, and whether the token store still has its grant. */
export interface Standing {
  readonly signIn: SignIn | undefined;
  readonly hasGrant: boolean;
}

const SIGNED_OUT: Standing = { signIn: undefined, hasGrant: false };

/**
 * The standing of a request. With the session token store it needs no I/O. A store that several requests share decides
 * instead, and the session is corrected if it differs.
 * @throws AuthError `session_unavailable`, `store_unavailable`, `unreadable_grant`
 */
export async function standingOf(scope: RequestScope): Promise<Standing> {
  const { context, request } = scope;
  const signIn = context.signIns.read(request);
  if (signIn === undefined && context.signIns.hasLeftovers(request) && !request.headersSent) {
    await renew(requireSession(request), "nothing");
    return SIGNED_OUT;
  }
  if (context.sharedVault !== undefined) return sharedStanding(scope, signIn);
  if (signIn === undefined) return SIGNED_OUT;
  return { signIn, hasGrant: await context.vaultOf(request).has(grantKeyOf(context, signIn)) };
}

/** The sign-in that a user wants to end. Falls back to the session if the store fails: signing out must still work. */
export async function signInToEnd(scope: RequestScope): Promise<SignIn | undefined> {
  try {
    return (await standingOf(scope)).signIn;
  } catch (error) {
    if (!(error instanceof AuthError) || !/^(store_unavailable|unreadable_grant)$/.test(error.code)) throw error;
    return scope.context.signIns.read(scope.request);
  }
}

async function sharedStanding(scope: RequestScope, signIn: SignIn | undefined): Promise<Standing> {
  const { context, request } = scope;
  if (signIn === undefined) {
    const adopted = await signInFromOtherDevice(scope);
    return adopted === undefined ? SIGNED_OUT : { signIn: adopted, hasGrant: true };
  }
  const vault = context.vaultOf(request);
  const key = grantKeyOf(context, signIn);
  const [found, isOver] = await Promise.all([vault.get(key), wasSignedOut(context, signIn.user.sub, signIn.at)]);
  if (isOver) {
    const session = requireSession(request);
    context.signIns.end(session, signIn, request.userId);
    // The next user of this browser must not find the content that the app kept for this one.
    const isEmptied = request.userId === undefined || signIn.decidesUser === true;
    if (isEmptied && !request.headersSent) await renew(session, "nothing");
    // The session is not lost: another sign-in at once is no loop.
    if (!request.headersSent) context.loopGuard.reset(request);
    return SIGNED_OUT;
  }
  const current = (await moveSessionGrants(scope, signIn)) ? await vault.get(key) : found;
  if (current === undefined) return { signIn, hasGrant: false };
  return { signIn: correctScopes(scope, signIn, current.grant.scopes), hasGrant: true };
}
