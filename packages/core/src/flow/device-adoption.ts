import { randomToken } from "../seal/random.ts";
import type { VersionedGrant } from "../store/grant.ts";
import { ownerIdOfUser } from "../store/owner-id.ts";
import type { GrantKey } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";
import type { RequestScope } from "./request-scope.ts";
import { requireSession } from "./session.ts";
import type { SignIn } from "./sign-in.ts";
import { wasSignedOut } from "./sign-outs.ts";

/**
 * Signs in the app's user (`userId`) from a grant that they gave on another device. The session remembers the sign-in.
 * @returns `undefined` if the store has no such grant, or the user signed out in this session or everywhere
 */
export async function signInFromOtherDevice({ context, request }: RequestScope): Promise<SignIn | undefined> {
  const { userId } = request;
  if (userId === undefined || context.signIns.isSignedOut(request)) return undefined;
  const vault = context.vaultOf(request);
  const keys = await vault.list(context.options.client.clientId, ownerIdOfUser(userId));
  const found = await firstSignInGrant(vault, keys);
  if (found === undefined) return undefined;
  const { user, scopes, consentedAt } = found.grant;
  if (await wasSignedOut(context, user.sub, consentedAt)) return undefined;
  // The consent is later than every sign-out before it, by Google's clock. This process's clock may be wrong.
  const signIn: SignIn = { id: randomToken(16), user, at: consentedAt, userId, scopes };
  context.signIns.write(requireSession(request), signIn);
  return signIn;
}

/** The first grant that its owner signed in with. A linked account signs in no one. */
async function firstSignInGrant(vault: GrantVault, keys: readonly GrantKey[]): Promise<VersionedGrant | undefined> {
  for (const key of keys) {
    // Sequential, because the first grant is usually the one.
    const found = await vault.get(key);
    if (found !== undefined && !found.grant.linked) return found;
  }
  return undefined;
}
