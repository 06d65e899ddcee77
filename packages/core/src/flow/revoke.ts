import { AuthError, toAuthError } from "../errors/auth-error.ts";
import type { RequestView } from "../http/request-view.ts";
import type { VersionedGrant } from "../store/grant.ts";
import type { GrantKey } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";
import { observe } from "../util/diagnostics.ts";
import type { FlowContext } from "./context.ts";
import { ownerOf } from "./owner.ts";
import { renew, requireSession } from "./session.ts";
import type { SignIn } from "./sign-in.ts";

/**
 * Ends a grant at Google and here; here even if Google fails. The refresh token goes to Google where there is one: it
 * ends the access token too, and the whole union of what the user granted this project (reference: Google's
 * "Revoking a token").
 * @throws AuthError `revocation_incomplete` once the grant is deleted here and Google could not be told;
 *   `store_unavailable` where it could not be deleted, though Google was told wherever the grant could be read
 */
export async function revokeGrant(context: FlowContext, vault: GrantVault, key: GrantKey): Promise<void> {
  const found = await readGrant(vault, key);
  try {
    await vault.delete(key);
  } catch (error) {
    // A store that still reads: what it keeps is of no more use once Google has been told.
    if (found !== undefined) await revokeAtGoogle(context, key, found).catch(() => undefined);
    throw error;
  }
  if (found !== undefined) await revokeAtGoogle(context, key, found);
}

async function revokeAtGoogle(context: FlowContext, key: GrantKey, { grant }: VersionedGrant): Promise<void> {
  const { refreshToken, accessToken } = grant;
  try {
    await observe("revoke", context.options.name, () => context.tokens.revoke({ token: refreshToken ?? accessToken }));
  } catch (thrown) {
    const error = new AuthError("revocation_incomplete", { cause: toAuthError(thrown, "temporarily_unavailable") });
    await context.notify.failed(error, undefined, key);
    throw error;
  }
}

/** A grant that cannot be opened cannot be revoked at Google, but it can be deleted. */
async function readGrant(vault: GrantVault, key: GrantKey): Promise<VersionedGrant | undefined> {
  try {
    return await vault.get(key);
  } catch (error) {
    if (error instanceof AuthError && error.code === "unreadable_grant") return undefined;
    throw error;
  }
}

/**
 * Signs the user out of this app and gives the session another id. An app without users of its own keeps nothing of
 * what it put there; one that knows the user by `userId` decides about its own session itself.
 */
export async function endSignIn(context: FlowContext, request: RequestView, signIn: SignIn | undefined): Promise<void> {
  const session = requireSession(request);
  const { userId } = request;
  // First of all, so that a session store that fails now does not keep the user signed in.
  context.signIns.end(session, signIn, userId);
  if (context.sharedVault === undefined) await deleteSessionGrants(context, request, signIn);
  await renew(session, userId === undefined ? "nothing" : "all");
  await session.save();
  if (!request.headersSent) context.loopGuard.reset(request);
}

/** Grants in a session end with the sign-in: a refresh under way must not write one back. */
async function deleteSessionGrants(
  context: FlowContext,
  request: RequestView,
  signIn: SignIn | undefined,
): Promise<void> {
  const vault = context.vaultOf(request);
  const owner = ownerOf(request.userId, signIn?.user.sub ?? "");
  for (const key of await vault.list(context.options.client.clientId, owner)) await vault.delete(key);
}
