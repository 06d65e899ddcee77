import { AuthError } from "../errors.ts";
import type { RequestView } from "../http.ts";
import { randomToken } from "../seal.ts";
import type { VersionedGrant } from "../store/grant.ts";
import type { GrantKey } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";
import { adoptSessionGrants } from "./adopt.ts";
import type { FlowContext } from "./context.ts";
import { ownerOf } from "./owner.ts";
import { renew, requireSession } from "./sign-in.ts";
import type { SignIn } from "./sign-in.ts";

/** Who a request's user is, and what is left of what they granted. */
export interface Standing {
  readonly signIn: SignIn | undefined;
  /** Whether the store still has the grant of this sign-in. */
  readonly hasGrant: boolean;
}

const NOBODY: Standing = { signIn: undefined, hasGrant: false };

/** The key of the grant that a sign-in stands for. */
export function keyOf(context: FlowContext, { owner, user: { sub } }: Pick<SignIn, "owner" | "user">): GrantKey {
  return { client: context.options.client.clientId, owner: ownerOf(owner, sub), account: sub };
}

/**
 * The standing of a request's user. At once and without a promise where grants live in the session; otherwise the
 * store decides, and the session is corrected where it knew otherwise.
 */
export function standingOf(context: FlowContext, request: RequestView): Standing | Promise<Standing> {
  const signIn = context.signIns.read(request);
  if (context.sharedVault !== undefined) return sharedStanding(context, request, signIn);
  if (signIn === undefined) return NOBODY;
  const has = context.vaultOf(request).has(keyOf(context, signIn));
  return has instanceof Promise ? has.then((hasGrant) => ({ signIn, hasGrant })) : { signIn, hasGrant: has };
}

/** Who is signed in, for those who want to leave: where the store fails, the session's word is enough. */
export async function signInToEnd(context: FlowContext, request: RequestView): Promise<SignIn | undefined> {
  try {
    return (await standingOf(context, request)).signIn;
  } catch (error) {
    if (!(error instanceof AuthError) || !/^(store_unavailable|unreadable_grant)$/.test(error.code)) throw error;
    return context.signIns.read(request);
  }
}

/** Whether a subject was signed out everywhere since a time: that of a sign-in, or of a consent. */
export async function wasSignedOut(context: FlowContext, subject: string, since: number): Promise<boolean> {
  const at = await context.signedOutAt(subject);
  return at !== undefined && at >= since;
}

async function sharedStanding(
  context: FlowContext,
  request: RequestView,
  signIn: SignIn | undefined,
): Promise<Standing> {
  if (signIn === undefined) return adoptGrant(context, request);
  const [found, isOver] = await Promise.all([
    context.vaultOf(request).get(keyOf(context, signIn)),
    wasSignedOut(context, signIn.user.sub, signIn.at),
  ]);
  if (isOver) {
    const session = requireSession(request);
    context.signIns.end(session, signIn, request.userId);
    // Whoever signs in next must not find what the app put there for this user.
    if (request.userId === undefined && !request.headersSent) await renew(session, "nothing");
    return NOBODY;
  }
  const adopting = adoptSessionGrants(context, request, signIn);
  const grant =
    adopting === undefined ? found : await adopting.then(() => context.vaultOf(request).get(keyOf(context, signIn)));
  if (grant === undefined) return { signIn, hasGrant: false };
  return { signIn: correctScopes(context, request, signIn, grant.grant.scopes), hasGrant: true };
}

/** A user whom the app knows by `userId`, and who granted on another device: this session learns of it. */
async function adoptGrant(context: FlowContext, request: RequestView): Promise<Standing> {
  const owner = request.userId;
  if (owner === undefined || context.signIns.isSignedOut(request)) return NOBODY;
  const vault = context.vaultOf(request);
  const found = await signedInGrant(vault, await vault.list(context.options.client.clientId, ownerOf(owner, "")));
  if (found === undefined) return NOBODY;
  const { user, scopes, consentedAt } = found.grant;
  if (await wasSignedOut(context, user.sub, consentedAt)) return NOBODY;
  const signIn: SignIn = { id: randomToken(16), user, at: context.options.now(), owner, scopes };
  context.signIns.write(requireSession(request), signIn);
  return { signIn, hasGrant: true };
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

/** The sign-in with the scopes that its grant has now; written back only where they differ. */
export function correctScopes(
  context: FlowContext,
  request: RequestView,
  signIn: SignIn,
  scopes: readonly string[],
): SignIn {
  if (signIn.scopes.length === scopes.length && signIn.scopes.every((scope, index) => scope === scopes[index]))
    return signIn;
  const corrected: SignIn = { ...signIn, scopes };
  context.signIns.write(requireSession(request), corrected);
  return corrected;
}
