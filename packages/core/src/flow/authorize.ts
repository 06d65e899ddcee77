import { isSignInScope, missingScopes } from "../google/scopes.ts";
import { pickByHost } from "../http/host.ts";
import type { ResolvedOptions } from "../options/resolve-options.ts";
import { isObserved, publish } from "../util/diagnostics.ts";
import { codeChallenge } from "./code-challenge.ts";
import type { RequestScope } from "./request-scope.ts";
import { safeReturnTo } from "./return-to.ts";
import type { SignIn } from "./sign-in.ts";

/** The wishes of the caller that begins an authorization. */
export interface AuthorizationRequest {
  /** Canonical scopes to request in addition to the sign-in scopes. */
  readonly scopes?: readonly string[];
  /** Where the browser goes afterwards. An address outside of this app and `returnOrigins` becomes `/`. */
  readonly returnTo?: string | undefined;
  readonly prompt?: string | undefined;
  readonly loginHint?: string | undefined;
  /** Links another account to the signed-in user, who stays signed in. */
  readonly link?: boolean;
  /** The grant is gone, so all sign-in scopes are requested again. */
  readonly reconnect?: boolean;
  /** The consent retry of an attempt that brought no refresh token. */
  readonly consentRetry?: true;
  /** The redirect URI of the attempt that this one repeats. */
  readonly redirectUri?: string;
}

/**
 * Begins an attempt and adds its cookie to the response (RFC 6749 section 4.1.1, RFC 7636, OpenID Connect Core).
 * @returns the address of Google's authorization page, for the browser to go to
 */
export function beginAuthorization(
  { context, request }: RequestScope,
  wanted: AuthorizationRequest,
  signIn: SignIn | undefined,
): string {
  const { options } = context;
  const link = wanted.link ? signIn : undefined;
  const prompt = promptOf(wanted, options.prompt);
  const hint = wanted.loginHint ?? (wanted.link ? undefined : (signIn?.user.sub ?? options.loginHint?.(request.raw)));
  const incremental =
    signIn !== undefined &&
    !wanted.link &&
    isSamePerson(signIn, wanted.loginHint) &&
    !prompt?.includes("select_account");
  const attempt = context.attempts.begin(request, {
    scopes: scopesToRequest(
      options,
      wanted.scopes ?? [],
      incremental && !wanted.reconnect ? signIn : undefined,
      prompt,
    ),
    returnTo: safeReturnTo(wanted.returnTo, options),
    redirectUri: wanted.redirectUri ?? pickByHost(options.redirectUris, request.header("host")),
    ...(request.userId !== undefined && { userId: request.userId }),
    ...(incremental && { expectedSubject: signIn.user.sub }),
    ...(link !== undefined && { link: { signIn: link.id, subject: link.user.sub } }),
    ...(prompt !== undefined && { prompt }),
    ...(wanted.consentRetry && { consentRetry: true }),
  });

  if (isObserved("authorize")) {
    const { scopes, consentRetry = false } = attempt;
    publish("authorize", { instance: options.name, outcome: "ok", scopes, incremental, consentRetry });
  }
  const url = new URL(options.endpoints.authorization);
  const parameters = {
    client_id: options.client.clientId,
    redirect_uri: attempt.redirectUri,
    response_type: "code",
    scope: attempt.scopes.join(" "),
    access_type: options.accessType,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: codeChallenge(attempt.codeVerifier),
    code_challenge_method: "S256",
    include_granted_scopes: options.includeGrantedScopes ? "true" : undefined,
    prompt,
    login_hint: hint,
    hd: options.hostedDomain,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}

/**
 * The scopes of an authorization request: the sign-in scopes and the wanted ones, or only the missing ones if the user
 * is signed in. Without `include_granted_scopes` the new token would lose the scopes of the old one, so they are
 * requested again.
 */
function scopesToRequest(
  options: ResolvedOptions,
  wanted: readonly string[],
  signIn: SignIn | undefined,
  prompt: string | undefined,
): readonly string[] {
  if (signIn === undefined) return [...new Set([...options.scopes, ...wanted])];
  const missing = missingScopes(new Set(signIn.scopes), wanted);
  // The caller asks again for granted scopes, so that the user can decide again.
  const requested = missing.length === 0 || prompt?.includes("consent") ? wanted : missing;
  const kept = options.includeGrantedScopes ? [] : signIn.scopes;
  // With the sign-in scopes, the ID token says which account came back. The user is not asked about them again.
  return [...new Set([...options.scopes.filter(isSignInScope), ...kept, ...requested])];
}

/** To link an account, the user must choose it, so `select_account` is added. */
function promptOf({ prompt, link, consentRetry }: AuthorizationRequest, usual: string | undefined): string | undefined {
  if (!link || consentRetry || prompt === "none") return prompt ?? usual;
  const words = (prompt ?? usual)?.split(" ").filter((word) => word !== "none") ?? [];
  return [...new Set(["select_account", ...words])].join(" ");
}

function isSamePerson({ user }: SignIn, hint: string | undefined): boolean {
  return hint === undefined || hint === user.sub || hint.toLowerCase() === user.email?.toLowerCase();
}
