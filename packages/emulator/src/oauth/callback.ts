import { type HttpResponse, redirect } from "../http/responses.ts";
import { projectOf } from "../options/client.ts";
import type { EmulatorUser } from "../options/user.ts";
import { emailScope, formatScopes, profileScope } from "../protocol/scopes.ts";
import type { AuthorizationRequest } from "../state/authorization-request.ts";
import type { Google } from "../state/google.ts";

/** Redirects back to the client with a code. */
export function redirectWithCode(
  google: Google,
  request: AuthorizationRequest,
  outcome: {
    readonly user: EmulatorUser;
    readonly authuser: number;
    readonly scopes: ReadonlySet<string>;
    /** Whether the user has just seen the consent page. */
    readonly consented: boolean;
  },
): HttpResponse {
  const { user, authuser, scopes, consented } = outcome;
  const extras = google.settings.callbackExtras;
  const code = google.grants.issueCode({
    client: request.client,
    sub: user.sub,
    redirectUri: request.redirectUri,
    scopes: withEarlierGrant(google, request, user, scopes),
    nonce: request.nonce,
    challenge: request.challenge,
    accessType: request.accessType,
    // Unconfirmed: whether Google issues a refresh token when an account that consented to online access is sent here
    // for offline access without prompt=consent. The emulator is strict: it issues one only after the consent page.
    withRefreshToken: request.accessType === "offline" && consented,
  });
  return backToClient(google, request, {
    code,
    scope: extras.scope ? callbackScope(request, scopes) : undefined,
    authuser: extras.authuser ? String(authuser) : undefined,
    hd: extras.hd ? user.hd : undefined,
    prompt: extras.prompt ? (consented ? "consent" : "none") : undefined,
  });
}

/** Redirects back to the client with an error: the user cancelled, or `prompt=none` did not succeed. */
export function redirectWithError(
  google: Google,
  request: AuthorizationRequest,
  error: string,
  subtype?: string,
): HttpResponse {
  return backToClient(google, request, { error, error_subtype: subtype });
}

function backToClient(
  google: Google,
  request: AuthorizationRequest,
  parameters: Record<string, string | undefined>,
): HttpResponse {
  const query = new URLSearchParams();
  // Unconfirmed: whether Google sends `iss` with errors too, as RFC 9207 requires.
  const iss = google.settings.callbackExtras.iss ? google.url : undefined;
  for (const [name, value] of Object.entries({ state: request.state, iss, ...parameters })) {
    if (value !== undefined) query.append(name, value);
  }
  const { redirectUri } = request;
  return redirect(`${redirectUri}${redirectUri.includes("?") ? "&" : "?"}${query.toString()}`);
}

function withEarlierGrant(
  google: Google,
  request: AuthorizationRequest,
  user: EmulatorUser,
  scopes: ReadonlySet<string>,
): Set<string> {
  if (!request.includeGrantedScopes) return new Set(scopes);
  return new Set([...scopes, ...google.grants.granted(user.sub, projectOf(request.client))]);
}

/** The callback repeats a scope in its short form, besides the long one, if the client requested the short form. */
function callbackScope(request: AuthorizationRequest, scopes: ReadonlySet<string>): string {
  const short = { email: emailScope, profile: profileScope };
  const repeated = Object.entries(short).filter(
    ([name, long]) => request.scopesAsWritten.includes(name) && scopes.has(long),
  );
  return [...repeated.map(([name]) => name), formatScopes(scopes)].join(" ");
}
