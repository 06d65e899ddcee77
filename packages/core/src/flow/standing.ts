import { AuthError } from "../errors/auth-error.ts";
import type { RequestView } from "../http/request-view.ts";
import type { FlowContext } from "./context.ts";
import { correctScopes } from "./correct-scopes.ts";
import { adoptGrant } from "./device-adoption.ts";
import { keyOf } from "./grant-key.ts";
import { adoptSessionGrants } from "./session-grants.ts";
import { renew, requireSession } from "./session.ts";
import type { SignIn } from "./sign-in.ts";
import { wasSignedOut } from "./sign-outs.ts";

/** Who a request's user is, and what is left of what they granted. */
export interface Standing {
  readonly signIn: SignIn | undefined;
  /** Whether the store still has the grant of this sign-in. */
  readonly hasGrant: boolean;
}

const NOBODY: Standing = { signIn: undefined, hasGrant: false };

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

async function sharedStanding(
  context: FlowContext,
  request: RequestView,
  signIn: SignIn | undefined,
): Promise<Standing> {
  if (signIn === undefined) {
    const adopted = await adoptGrant(context, request);
    return adopted === undefined ? NOBODY : { signIn: adopted, hasGrant: true };
  }
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
