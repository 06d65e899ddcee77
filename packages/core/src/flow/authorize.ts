import { isSignInScope, missingScopes } from "../google/scopes.ts";
import type { RequestView } from "../http/request-view.ts";
import { isObserved, publish } from "../util/diagnostics.ts";
import { codeChallenge } from "./code-challenge.ts";
import type { FlowContext } from "./context.ts";
import { safeReturnTo } from "./return-to.ts";
import type { SignIn } from "./sign-in.ts";

/** What an authorization is to ask for. */
export interface AuthorizationRequest {
  /** Scopes beside those of sign-in; canonical. */
  readonly scopes?: readonly string[];
  /** Where to go afterwards; anything but this app's own addresses and `returnOrigins` becomes `/`. */
  readonly returnTo?: string | undefined;
  readonly prompt?: string | undefined;
  readonly loginHint?: string | undefined;
  /** Adds another account to who is signed in, who stays signed in. */
  readonly link?: boolean;
  /** The grant is gone: everything is asked for again that signing in asks for. */
  readonly reconnect?: boolean;
  /** The second asking of an attempt that brought no refresh token. */
  readonly rerun?: true;
  /** The redirect URI of the attempt that this one follows. */
  readonly redirectUri?: string;
}

/**
 * Begins an attempt and gives the address to send the browser to (RFC 6749 section 4.1.1, RFC 7636, OpenID Connect).
 * The attempt's cookie goes onto the response.
 */
export function beginAuthorization(
  context: FlowContext,
  request: RequestView,
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
    scopes: scopesToAsk(context, wanted.scopes ?? [], incremental && !wanted.reconnect ? signIn : undefined, prompt),
    returnTo: safeReturnTo(wanted.returnTo, options),
    redirectUri: wanted.redirectUri ?? pickRedirectUri(options.redirectUris, request.header("host")),
    ...(request.userId !== undefined && { owner: request.userId }),
    ...(incremental && { expectedSubject: signIn.user.sub }),
    ...(link !== undefined && { link: { signIn: link.id, subject: link.user.sub } }),
    ...(prompt !== undefined && { prompt }),
    ...(wanted.rerun && { rerun: true }),
  });

  if (isObserved("authorize")) {
    const { scopes, rerun = false } = attempt;
    publish("authorize", { instance: options.name, outcome: "ok", scopes, incremental, rerun });
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

/** The redirect URI for a request: the host picks among those that are configured; the first where it picks none. */
export function pickRedirectUri(redirectUris: readonly string[], host: string | undefined): string {
  return redirectUris.find((uri) => new URL(uri).host === host?.toLowerCase()) ?? redirectUris[0]!;
}

/**
 * Signing in asks for the sign-in scopes and what the occasion needs; a signed-in user is asked for what is missing.
 * Without `include_granted_scopes` a new token would lose what the old one had, so that it is asked for again.
 */
function scopesToAsk(
  { options }: FlowContext,
  wanted: readonly string[],
  signIn: SignIn | undefined,
  prompt: string | undefined,
): readonly string[] {
  if (signIn === undefined) return [...new Set([...options.scopes, ...wanted])];
  const missing = missingScopes(new Set(signIn.scopes), wanted);
  // Asking a second time for what is there: the user is to decide anew.
  const asked = missing.length === 0 || prompt?.includes("consent") ? wanted : missing;
  const kept = options.includeGrantedScopes ? [] : signIn.scopes;
  // Those of sign-in go along: the ID token is to say who came back. They cost the user no question.
  return [...new Set([...options.scopes.filter(isSignInScope), ...kept, ...asked])];
}

/** An account to link is chosen by the user, beside whatever else is asked for. */
function promptOf({ prompt, link, rerun }: AuthorizationRequest, usual: string | undefined): string | undefined {
  if (!link || rerun || prompt === "none") return prompt ?? usual;
  const words = (prompt ?? usual)?.split(" ").filter((word) => word !== "none") ?? [];
  return [...new Set(["select_account", ...words])].join(" ");
}

function isSamePerson({ user }: SignIn, hint: string | undefined): boolean {
  return hint === undefined || hint === user.sub || hint.toLowerCase() === user.email?.toLowerCase();
}
