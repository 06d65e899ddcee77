import { AuthError } from "../errors/auth-error.ts";
import { authorizationError } from "../google/error-responses.ts";
import { isSignInScope, missingScopes } from "../google/scopes.ts";
import type { TokenResponse } from "../google/token-response.ts";
import type { VerifiedUser } from "../google/user.ts";
import type { RequestView } from "../http/request-view.ts";
import { redirect } from "../http/responses.ts";
import { randomToken } from "../seal/random.ts";
import type { Attempt } from "./attempt.ts";
import { beginAuthorization } from "./authorize.ts";
import { parseCallbackQuery } from "./callback-query.ts";
import type { FlowContext } from "./context.ts";
import { keyOf } from "./grant-key.ts";
import { linkAccount, signInOfLink } from "./link.ts";
import { renew, requireSession } from "./session.ts";
import type { SignIn } from "./sign-in.ts";
import { wasSignedOut } from "./sign-outs.ts";
import { needsRerun, rerunOf, storeGrant } from "./store-grant.ts";

/** What a failed callback must remember of its attempt, so that its page can offer a way on. */
export class CallbackFailure extends Error {
  override readonly name = "CallbackFailure";
  readonly error: AuthError;
  readonly attempt: Attempt;
  /** The account that came back, where it was not the one expected. */
  readonly other: VerifiedUser | undefined;

  constructor(error: AuthError, attempt: Attempt, other?: VerifiedUser) {
    super(error.message, { cause: error });
    this.error = error;
    this.attempt = attempt;
    this.other = other;
  }
}

/**
 * Answers Google's redirect to us: checks it, exchanges the code, stores the grant, signs the user in, and sends the
 * browser on to an address without the code.
 * @throws AuthError where the callback answers no attempt of this browser; {@link CallbackFailure} where it does
 */
export async function completeAuthorization(context: FlowContext, request: RequestView): Promise<Response> {
  const { options, attempts } = context;
  const query = parseCallbackQuery(request.url, options.endpoints.issuer);
  const attempt = await attempts.takeEverywhere(request, query.state, options.redirectUris);
  try {
    if (attempt.owner !== request.userId) throw new AuthError("user_mismatch");
    const { link } = attempt;
    // Before the code is spent, too.
    if (link !== undefined) await signInOfLink(context, request, link);
    if ("error" in query)
      throw await declineAll(
        context,
        request,
        attempt,
        authorizationError(query.error, query.description, query.subtype),
      );

    // Before the code is spent: without a session there is nobody to sign in.
    requireSession(request);
    const { codeVerifier, nonce, redirectUri } = attempt;
    const response = await context.tokens.exchangeCode({ code: query.code, redirectUri, codeVerifier });
    if (response.idToken === undefined)
      throw new AuthError("invalid_response", { detail: "no `id_token`, though `openid` was asked for" });
    const user = await context.idTokens.validate(response.idToken, { nonce });
    if (attempt.expectedSubject !== undefined && attempt.expectedSubject !== user.sub) {
      throw new CallbackFailure(new AuthError("account_mismatch"), attempt, user);
    }
    // Whoever chose the account that they are signed in with has consented, as always.
    return link === undefined || link.subject === user.sub
      ? await signIn(context, request, attempt, user, response)
      : await linkAccount(context, request, { ...attempt, link }, user, response);
  } catch (thrown) {
    if (thrown instanceof CallbackFailure) throw thrown;
    const error = thrown instanceof AuthError ? thrown : new AuthError("internal_error", { cause: thrown });
    throw new CallbackFailure(error, attempt);
  }
}

async function signIn(
  context: FlowContext,
  request: RequestView,
  attempt: Attempt,
  user: VerifiedUser,
  response: TokenResponse,
): Promise<Response> {
  const { options, signIns, notify } = context;
  const owner = request.userId;
  const account = { user, request: request.raw };
  if (options.admit !== undefined && !(await options.admit(account))) throw new AuthError("sign_in_refused");

  const session = requireSession(request);
  const key = keyOf(context, { user, ...(owner !== undefined && { owner }) });
  const scopes = response.scopes ?? attempt.scopes;
  await notify.authorized({ user, scopes, ...(owner !== undefined && { owner }), request: request.raw });

  const before = await signInBefore(context, request);
  const isAnother = before?.user.sub !== user.sub;
  const present = before?.user.sub ?? signIns.formerSubject(session);
  const keepsContent = owner !== undefined || present === undefined || present === user.sub;
  // The new id comes before anything worth stealing is put under it.
  if (isAnother) await renew(session, keepsContent ? "all" : "nothing");

  const granted = { user, scopes, response, now: options.now(), linked: false };
  const grant = await storeGrant(context.vaultOf(request), key, granted);
  const declined = missingScopes(new Set(grant.scopes), attempt.scopes).filter((scope) => !isSignInScope(scope));
  const next: SignIn = {
    id: isAnother ? randomToken(16) : before.id,
    user: grant.user,
    at: options.now(),
    ...(owner !== undefined && { owner }),
    scopes: grant.scopes,
    ...(declined.length > 0 && { declined: { scopes: declined, at: options.now() } }),
  };
  // A copy of the session as it was, a slow request's or a thief's, is nobody's from now on.
  if (isAnother && before !== undefined) signIns.end(session, before, owner);
  signIns.write(session, next);
  await session.save();
  if (before === undefined) context.loopGuard.countRound(request);
  if (declined.length > 0) await notify.denied({ user, scopes: declined, request: request.raw });

  if (needsRerun(options, attempt, grant)) {
    return redirect(beginAuthorization(context, request, rerunOf(attempt), next));
  }
  return redirect(attempt.returnTo);
}

/** The sign-in that the session holds, unless it was ended on another device: that one does not go on. */
async function signInBefore(context: FlowContext, request: RequestView): Promise<SignIn | undefined> {
  const present = context.signIns.read(request);
  if (present === undefined || !(await wasSignedOut(context, present.user.sub, present.at))) return present;
  context.signIns.end(requireSession(request), present, undefined);
  return undefined;
}

/** The user said no: a signed-in user stays so, and the next guard knows not to ask again at once. */
async function declineAll(
  context: FlowContext,
  request: RequestView,
  attempt: Attempt,
  error: AuthError,
): Promise<AuthError> {
  if (error.code !== "access_denied") return error;
  const present = context.signIns.read(request);
  const asked = attempt.scopes.filter((scope) => !isSignInScope(scope));
  const isLink = attempt.link !== undefined;
  // What another account declined is nothing that this one was asked for.
  if (present !== undefined && attempt.rerun === undefined && !isLink) {
    const scopes = missingScopes(new Set(present.scopes), asked);
    const session = requireSession(request);
    context.signIns.write(session, { ...present, declined: { scopes, at: context.options.now() } });
    await session.save();
  }
  await context.notify.denied({
    ...(present !== undefined && { user: present.user }),
    scopes: asked,
    ...(isLink && { linked: true }),
    request: request.raw,
  });
  return error;
}
