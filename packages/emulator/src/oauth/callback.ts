import { type Answer, redirect } from "../http/responses.ts";
import { projectOf } from "../options/client.ts";
import type { EmulatorUser } from "../options/user.ts";
import { emailScope, formatScopes, profileScope } from "../protocol/scopes.ts";
import type { AuthorizationRequest } from "../state/authorization-request.ts";
import type { Google } from "../state/google.ts";

/** Back to the client with a code. */
export function redirectWithCode(
  google: Google,
  request: AuthorizationRequest,
  outcome: {
    readonly user: EmulatorUser;
    readonly authuser: number;
    readonly scopes: ReadonlySet<string>;
    /** Whether the user was asked just now. */
    readonly consented: boolean;
  },
): Answer {
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
    // Unconfirmed: whether Google gives one when an account that consented online is sent here for
    // offline access without prompt=consent. Strict here: only a consent page brings one.
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

/** Back to the client with what the user, or `prompt=none`, decided. */
export function redirectWithError(
  google: Google,
  request: AuthorizationRequest,
  error: string,
  subtype?: string,
): Answer {
  return backToClient(google, request, { error, error_subtype: subtype });
}

function backToClient(
  google: Google,
  request: AuthorizationRequest,
  parameters: Record<string, string | undefined>,
): Answer {
  const query = new URLSearchParams();
  // Unconfirmed: whether Google sends `iss` with errors too, as RFC 9207 has it.
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

/** Asked for in the short form, a scope comes back here in both. */
function callbackScope(request: AuthorizationRequest, scopes: ReadonlySet<string>): string {
  const short = { email: emailScope, profile: profileScope };
  const also = Object.entries(short).filter(([name, long]) => request.asked.includes(name) && scopes.has(long));
  return [...also.map(([name]) => name), formatScopes(scopes)].join(" ");
}
