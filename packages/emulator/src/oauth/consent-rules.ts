import { projectOf } from "../options/client.ts";
import { type EmulatorUser, isOfDomain } from "../options/user.ts";
import { OAuthError } from "../protocol/oauth-error.ts";
import { canonicalScope } from "../protocol/scopes.ts";
import type { AuthorizationRequest } from "../state/authorization-request.ts";
import type { Browser } from "../state/browsers.ts";
import type { Google } from "../state/google.ts";

/**
 * Returns the account to continue with if the account chooser is not needed: the account of `login_hint`, if it is
 * signed in. Without a hint, it is the only signed-in account, if it has a grant for the project, or if `prompt=none`
 * forbids the chooser.
 */
export function chosenAccount(
  google: Google,
  browser: Browser,
  request: AuthorizationRequest,
): EmulatorUser | undefined {
  if (request.prompt.has("select_account")) return undefined;
  const signedIn = google.directory.users.filter(({ sub }) => browser.accounts.includes(sub));
  if (request.loginHint !== undefined) {
    const hinted = google.directory.findUser(request.loginHint);
    return signedIn.find(({ sub }) => sub === hinted?.sub);
  }
  const [only, ...others] = signedIn.filter((user) => isOfDomain(user, request.hostedDomain));
  if (!only || others.length > 0) return undefined;
  const known = google.grants.granted(only.sub, projectOf(request.client)).size > 0;
  return known || request.prompt.has("none") ? only : undefined;
}

/** Returns the scopes for the consent page: the new ones, or all of them with `prompt=consent`. */
export function scopesToConsent(google: Google, request: AuthorizationRequest, user: EmulatorUser): Set<string> {
  if (request.prompt.has("consent")) return new Set(request.scopes);
  const granted = google.grants.granted(user.sub, projectOf(request.client));
  return request.scopes.difference(granted);
}

/**
 * @throws {@link OAuthError} if an organization limits the client, or an administrator blocks a scope for the account.
 */
export function checkPolicies({ client, scopes }: AuthorizationRequest, user: EmulatorUser): void {
  if (client.organization !== undefined && client.organization !== user.hd) {
    throw new OAuthError(403, "org_internal", `This client is restricted to accounts of ${client.organization}.`);
  }
  const blocked = user.restrictedScopes?.find((scope) => scopes.has(canonicalScope(scope)));
  if (blocked !== undefined) {
    throw new OAuthError(
      400,
      "admin_policy_enforced",
      `The administrator of ${user.hd ?? user.email} does not allow this app to use the scope ${blocked}`,
    );
  }
}
