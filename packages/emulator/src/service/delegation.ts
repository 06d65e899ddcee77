import type { EmulatorUser } from "../options/user.ts";
import { OAuthError } from "../protocol/oauth-error.ts";
import { canonicalScope } from "../protocol/scopes.ts";
import type { Google } from "../state/google.ts";
import type { ServiceAccount } from "../state/service-account.ts";

/**
 * Returns the user of `sub` if domain-wide delegation covers these scopes. Returns `undefined` if the account acts for
 * itself.
 *
 * @throws {@link OAuthError} with the errors of Google's "JWT error codes".
 */
export function delegatedUser(
  google: Google,
  account: ServiceAccount,
  sub: unknown,
  scopes: ReadonlySet<string>,
): EmulatorUser | undefined {
  if (sub === undefined || sub === account.email) return undefined;
  const user = typeof sub === "string" ? google.directory.findUser(sub) : undefined;
  if (!user) throw new OAuthError(400, "invalid_grant", "Not a valid email or user ID.");
  if (account.organization !== undefined && user.hd !== account.organization) {
    throw new OAuthError(403, "org_internal", "This client is restricted to users within its organization.");
  }
  checkDelegation(account, user, scopes);
  if (user.restrictedScopes?.some((restricted) => scopes.has(canonicalScope(restricted)))) {
    const reason = "One or more scopes are restricted by the policy of the user's Workspace administrator.";
    throw new OAuthError(400, "admin_policy_enforced", reason);
  }
  return user;
}

function checkDelegation(account: ServiceAccount, user: EmulatorUser, scopes: ReadonlySet<string>): void {
  const ofDomain = account.delegation.filter(({ domain }) => user.hd !== undefined && (domain ?? user.hd) === user.hd);
  const delegationsTo = (client: string) =>
    ofDomain.filter((delegation) => (delegation.client ?? account.clientId) === client);
  const delegated = delegationsTo(account.clientId);
  if (delegated.length === 0) {
    throw new OAuthError(
      401,
      "unauthorized_client",
      delegationsTo(account.email).length > 0
        ? "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested."
        : "Unauthorized client or scope in request.",
    );
  }
  // Google compares the scopes as text, so a wide scope does not cover a narrow one.
  const covered = new Set(delegated.flatMap((delegation) => delegation.scopes.map(canonicalScope)));
  if (!scopes.isSubsetOf(covered)) throw new OAuthError(403, "access_denied", "Requested client not authorized.");
}
