import { randomToken } from "../seal/random.ts";
import { ownerIdOfUser } from "../store/owner-id.ts";
import { mayReturn } from "./admission.ts";
import type { RequestScope } from "./request-scope.ts";
import { requireSession } from "./session.ts";
import type { SignIn } from "./sign-in.ts";
import { wasSignedOut } from "./sign-outs.ts";

/**
 * Signs in the app's user (`userId`) from a grant that they gave on another device. The session remembers the sign-in.
 * @returns `undefined` if the store has no such grant, the user signed out in this session or everywhere, or the options
 *   `admit` and `hostedDomain` refuse the account
 */
export async function signInFromOtherDevice(scope: RequestScope): Promise<SignIn | undefined> {
  const { context, request } = scope;
  const { userId } = request;
  if (userId === undefined || context.signIns.isSignedOut(request)) return undefined;
  const vault = context.vaultOf(request);
  for (const key of await vault.list(context.options.client.clientId, ownerIdOfUser(userId))) {
    // Sequential, because the first grant is usually the one.
    const found = await vault.get(key);
    // A linked account signs in no one.
    if (found === undefined || found.grant.linked) continue;
    const { user, scopes, consentedAt } = found.grant;
    if (await wasSignedOut(context, user.sub, consentedAt)) return undefined;
    if (!(await mayReturn(scope, user))) continue;
    // The consent is later than every sign-out before it, by Google's clock. This process's clock may be wrong.
    const signIn: SignIn = { id: randomToken(16), user, at: consentedAt, userId, scopes };
    context.signIns.write(requireSession(request), signIn);
    return signIn;
  }
  return undefined;
}
