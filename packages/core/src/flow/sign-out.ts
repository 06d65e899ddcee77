import { ownerIdOf } from "../store/owner-id.ts";
import { grantKeyOf } from "./grant-key.ts";
import type { RequestScope } from "./request-scope.ts";
import { revokeGrant } from "./revoke-grant.ts";
import { renew, requireSession } from "./session.ts";
import type { SignIn } from "./sign-in.ts";
import { signInToEnd } from "./standing.ts";

/** Signs out here. The grant stays at Google, and in a store of the app's. Does nothing more if no user is signed in. */
export async function signOut(scope: RequestScope): Promise<void> {
  const { context, request } = scope;
  const signIn = request.session && context.signIns.read(request);
  await endSignIn(scope, signIn);
  if (signIn !== undefined) await context.notify.report("signedOut", eventOf(scope, signIn));
}

/**
 * Revokes the grant of the signed-in account at Google, deletes it, and signs out here.
 * @throws AuthError `revocation_incomplete` if all is done here, but Google could not be told
 */
export async function revokeAndSignOut(scope: RequestScope): Promise<void> {
  const { context, request } = scope;
  const signIn = await signInToEnd(scope);
  if (signIn === undefined) return;
  try {
    await revokeGrant(context, context.vaultOf(request), grantKeyOf(context, signIn));
  } finally {
    await endSignIn(scope, signIn);
  }
  await context.notify.report("revoked", eventOf(scope, signIn));
}

/** `userId` of the sign-in, because the session that knew the user may be empty now. */
function eventOf({ request: { raw } }: RequestScope, { user, scopes, userId }: SignIn) {
  return { user, scopes, ...(userId !== undefined && { userId }), request: raw };
}

/**
 * Ends the sign-in and gives the session a new ID. The session is emptied in an app without users of its own, and where
 * the sign-in decided who the app's user is. An app with a login of its own decides about its session itself.
 */
async function endSignIn(scope: RequestScope, signIn: SignIn | undefined): Promise<void> {
  const { context, request } = scope;
  const session = requireSession(request);
  const { userId } = request;
  // First of all, so that the user is signed out even if the session store fails now.
  context.signIns.end(session, signIn, userId);
  if (context.sharedVault === undefined) await deleteSessionGrants(scope, signIn);
  await renew(session, userId === undefined || signIn?.decidesUser ? "nothing" : "all");
  await session.save();
  if (!request.headersSent) context.loopGuard.reset(request);
}

/** Grants in a session end with the sign-in: a refresh that is still running must not write one back. */
async function deleteSessionGrants({ context, request }: RequestScope, signIn: SignIn | undefined): Promise<void> {
  const vault = context.vaultOf(request);
  const owner = ownerIdOf({ userId: request.userId, subject: signIn?.user.sub ?? "" });
  for (const key of await vault.list(context.options.client.clientId, owner)) await vault.delete(key);
}
