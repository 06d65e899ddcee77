import type { RequestView } from "../http/request-view.ts";
import { randomToken } from "../seal/random.ts";
import type { VersionedGrant } from "../store/grant.ts";
import type { GrantKey } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";
import type { FlowContext } from "./context.ts";
import { ownerOf } from "./owner.ts";
import { requireSession } from "./session.ts";
import type { SignIn } from "./sign-in.ts";
import { wasSignedOut } from "./sign-outs.ts";

/** A user whom the app knows by `userId`, and who granted on another device: this session learns of it. */
export async function adoptGrant(context: FlowContext, request: RequestView): Promise<SignIn | undefined> {
  const owner = request.userId;
  if (owner === undefined || context.signIns.isSignedOut(request)) return undefined;
  const vault = context.vaultOf(request);
  const found = await signedInGrant(vault, await vault.list(context.options.client.clientId, ownerOf(owner, "")));
  if (found === undefined) return undefined;
  const { user, scopes, consentedAt } = found.grant;
  if (await wasSignedOut(context, user.sub, consentedAt)) return undefined;
  const signIn: SignIn = { id: randomToken(16), user, at: context.options.now(), owner, scopes };
  context.signIns.write(requireSession(request), signIn);
  return signIn;
}

/** The first grant that its owner signed in with: one that was only linked makes nobody signed in. */
async function signedInGrant(vault: GrantVault, keys: readonly GrantKey[]): Promise<VersionedGrant | undefined> {
  for (const key of keys) {
    // One after the other: mostly the first will do.
    const found = await vault.get(key);
    if (found !== undefined && !found.grant.linked) return found;
  }
  return undefined;
}
