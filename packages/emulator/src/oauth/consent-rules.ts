import { projectOf } from "../options/client.ts";
import { type EmulatorUser, isOfDomain } from "../options/user.ts";
import { Refusal } from "../protocol/refusal.ts";
import { canonicalScope } from "../protocol/scopes.ts";
import type { AuthorizationRequest } from "../state/authorization-request.ts";
import type { Browser } from "../state/browsers.ts";
import type { Google } from "../state/google.ts";

/**
 * The account to go on with when nobody has to be asked: the one hinted at, if it is signed in here;
 * else the only one signed in, if it knows this project already or nobody may be asked.
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

/** What the user has to be asked for: what is new, or all of it with `prompt=consent`. */
export function scopesToConsent(google: Google, request: AuthorizationRequest, user: EmulatorUser): Set<string> {
  if (request.prompt.has("consent")) return new Set(request.scopes);
  const granted = google.grants.granted(user.sub, projectOf(request.client));
  return request.scopes.difference(granted);
}

/** The limits that an organization puts on a client, and an administrator on an account. */
export function refuseByPolicy({ client, scopes }: AuthorizationRequest, user: EmulatorUser): void {
  if (client.organization !== undefined && client.organization !== user.hd) {
    throw new Refusal(403, "org_internal", `This client is only for accounts of ${client.organization}.`);
  }
  const blocked = user.restrictedScopes?.find((scope) => scopes.has(canonicalScope(scope)));
  if (blocked !== undefined) {
    throw new Refusal(
      400,
      "admin_policy_enforced",
      `The administrator of ${user.hd ?? user.email} does not allow this app ${blocked}`,
    );
  }
}
