import { AuthError } from "../errors/auth-error.ts";
import { authorizationError } from "../google/error-responses.ts";
import { isSignInScope, missingScopes } from "../google/scopes.ts";
import type { VerifiedUser } from "../google/user.ts";
import type { Attempt } from "./attempt.ts";
import { parseCallbackQuery } from "./callback-query.ts";
import { completeSignIn } from "./complete-sign-in.ts";
import { linkAccount, signInOfLink } from "./link.ts";
import type { RequestScope } from "./request-scope.ts";
import { requireSession } from "./session.ts";
import { timeAfterSignOuts } from "./sign-outs.ts";

/** The failure of a callback whose attempt is known, so that its page can offer a way on. */
export class CallbackFailure extends Error {
  override readonly name = "CallbackFailure";
  readonly error: AuthError;
  readonly attempt: Attempt;
  /** The account that came back, if it is not the expected one. */
  readonly other: VerifiedUser | undefined;

  constructor(error: AuthError, attempt: Attempt, other?: VerifiedUser) {
    super(error.message, { cause: error });
    this.error = error;
    this.attempt = attempt;
    this.other = other;
  }
}

/**
 * Handles Google's redirect to the callback: validates it, exchanges the code, stores the grant, signs the user in, and
 * redirects the browser to an address without the code.
 * @throws AuthError if this browser has no attempt for the callback; {@link CallbackFailure} if it has one
 */
export async function completeAuthorization(scope: RequestScope): Promise<Response> {
  const { context, request } = scope;
  const { options, attempts } = context;
  const query = parseCallbackQuery(request.url, options.endpoints.issuer);
  const attempt = await attempts.takeEverywhere(request, query.state, options.redirectUris);
  try {
    if (isOfAnotherUser(scope, attempt)) throw new AuthError("user_mismatch");
    const { link } = attempt;
    // These checks come before the code is spent.
    if (link !== undefined) await signInOfLink(scope, link);
    if ("error" in query) {
      const error = authorizationError(query.error, query.description, query.subtype);
      if (error.code === "access_denied") await declineAll(scope, attempt);
      throw error;
    }
    requireSession(request);

    const { codeVerifier, nonce, redirectUri } = attempt;
    const response = await context.tokens.exchangeCode({ code: query.code, redirectUri, codeVerifier });
    if (response.idToken === undefined) {
      throw new AuthError("invalid_response", {
        detail: "it has no `id_token`, though the scope `openid` was requested",
      });
    }
    const { user, issuedAt } = await context.idTokens.validate(response.idToken, { nonce });
    if (attempt.expectedSubject !== undefined && attempt.expectedSubject !== user.sub) {
      throw new CallbackFailure(new AuthError("account_mismatch"), attempt, user);
    }
    // Before the app is asked: a sign-out that comes while the app's hooks work ends the new sign-in.
    const validated = { user, at: await timeAfterSignOuts(context, user.sub, issuedAt), response };
    // A user who chooses the account that is already signed in gives an ordinary consent.
    return link === undefined || link.subject === user.sub
      ? await completeSignIn(scope, attempt, validated)
      : await linkAccount(scope, { ...attempt, link }, validated);
  } catch (thrown) {
    if (thrown instanceof CallbackFailure) throw thrown;
    const error = thrown instanceof AuthError ? thrown : new AuthError("internal_error", { cause: thrown });
    throw new CallbackFailure(error, attempt);
  }
}

/**
 * Whether the app's user has changed since an attempt began. If Google decides who the app's user is, the user may have
 * signed in meanwhile in another tab.
 */
function isOfAnotherUser({ context, request }: RequestScope, { userId }: Attempt): boolean {
  if (userId === request.userId) return false;
  return userId !== undefined || request.session === undefined || !context.signIns.read(request)?.decidesUser;
}

/** Remembers that the user declined, so that the next guard does not ask again at once. The user stays signed in. */
async function declineAll({ context, request }: RequestScope, attempt: Attempt): Promise<void> {
  const present = context.signIns.read(request);
  const isLink = attempt.link !== undefined;
  // Scopes declined while linking do not count as declined by the signed-in account.
  if (present !== undefined && attempt.consentRetry === undefined && !isLink) {
    const scopes = missingScopes(new Set(present.scopes), attempt.scopes);
    const session = requireSession(request);
    context.signIns.write(session, { ...present, declined: { scopes, at: context.options.now() } });
    await session.save();
  }
  await context.notify.report("denied", {
    ...(present !== undefined && { user: present.user }),
    scopes: attempt.scopes.filter((name) => !isSignInScope(name)),
    ...(isLink && { linked: true }),
    request: request.raw,
  });
}
