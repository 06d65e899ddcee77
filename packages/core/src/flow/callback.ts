import { AuthError } from "../errors.ts";
import { isSignInScope, missingScopes } from "../google/scopes.ts";
import type { TokenResponse } from "../google/token-response.ts";
import { authorizationError } from "../google/wire-errors.ts";
import type { RequestView } from "../http.ts";
import { redirect } from "../http.ts";
import { randomToken } from "../seal.ts";
import type { Grant, VersionedGrant } from "../store/grant.ts";
import type { GrantKey } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";
import type { VerifiedUser } from "../user.ts";
import type { Attempt } from "./attempt.ts";
import { beginAuthorization } from "./authorize.ts";
import { parseCallbackQuery } from "./callback-query.ts";
import type { FlowContext } from "./context.ts";
import { renew, requireSession } from "./sign-in.ts";
import type { SignIn } from "./sign-in.ts";
import { keyOf, wasSignedOut } from "./standing.ts";

/** Times that a grant is merged anew when another writer was faster. */
const MAX_CONFLICTS = 5;

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
  // Before anything waits: of many equal callbacks, one passes here.
  const attempt = attempts.take(request, query.state, options.redirectUris);
  try {
    if (attempt.owner !== request.userId) throw new AuthError("user_mismatch");
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
    return await signIn(context, request, attempt, user, response);
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

  const { grant } = await storeGrant(context.vaultOf(request), key, user, scopes, response, options.now());
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

  if (needsRerun(context, attempt, grant)) {
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

/** Merges what Google granted with what is stored: the old refresh token stays where no new one came. */
async function storeGrant(
  vault: GrantVault,
  key: GrantKey,
  user: VerifiedUser,
  scopes: readonly string[],
  response: TokenResponse,
  now: number,
): Promise<VersionedGrant> {
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
    const present = await readable(vault, key);
    const written = await vault.put(
      key,
      mergedGrant(present?.grant, user, scopes, response, now),
      present?.version ?? 0,
    );
    if (written !== undefined) return written;
  }
  throw new AuthError("store_unavailable", { detail: "the grant kept changing while it was stored" });
}

/** A grant sealed by a key that is lost is no use to anyone, once the user has given a new one. */
async function readable(vault: GrantVault, key: GrantKey): Promise<VersionedGrant | undefined> {
  try {
    return await vault.get(key);
  } catch (error) {
    if (!(error instanceof AuthError) || error.code !== "unreadable_grant") throw error;
    await vault.delete(key);
    return undefined;
  }
}

function mergedGrant(
  present: Grant | undefined,
  user: VerifiedUser,
  scopes: readonly string[],
  response: TokenResponse,
  now: number,
): Grant {
  const refreshToken = response.refreshToken ?? present?.refreshToken;
  const refreshTokenExpiresAt =
    response.refreshTokenExpiresIn !== undefined
      ? now + response.refreshTokenExpiresIn * 1000
      : response.refreshToken === undefined
        ? present?.refreshTokenExpiresAt
        : undefined;
  return {
    id: present?.id ?? randomToken(16),
    // An ID token for fewer scopes says less of the same person.
    user: { ...present?.user, ...user },
    scopes: scopes.toSorted(),
    accessToken: response.accessToken,
    accessTokenExpiresAt: now + response.expiresIn * 1000,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(refreshTokenExpiresAt !== undefined && { refreshTokenExpiresAt }),
    consentedAt: now,
  };
}

/**
 * Google sends a refresh token on the first consent only: one that was lost (a sign-out, a crash after the exchange)
 * comes back only if consent is shown again. Asked once, never in a circle.
 */
function needsRerun({ options }: FlowContext, attempt: Attempt, grant: Grant): boolean {
  const mayAsk = attempt.rerun === undefined && !/none|consent/.test(attempt.prompt ?? "");
  return options.accessType === "offline" && grant.refreshToken === undefined && mayAsk;
}

function rerunOf({ scopes, returnTo, redirectUri }: Attempt) {
  return { scopes, returnTo, redirectUri, prompt: "consent", rerun: true } as const;
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
  if (present !== undefined && attempt.rerun === undefined) {
    const scopes = missingScopes(new Set(present.scopes), asked);
    const session = requireSession(request);
    context.signIns.write(session, { ...present, declined: { scopes, at: context.options.now() } });
    await session.save();
  }
  await context.notify.denied({
    ...(present !== undefined && { user: present.user }),
    scopes: asked,
    request: request.raw,
  });
  return error;
}
