import type { EmulatorUser } from "../options/user.ts";
import { Refusal } from "../protocol/refusal.ts";
import { canonicalScope } from "../protocol/scopes.ts";
import type { Google } from "../state/google.ts";
import type { ServiceAccount } from "../state/service-account.ts";

/**
 * The user that `sub` names, where domain-wide delegation covers these scopes; `undefined` where the
 * account acts as itself.
 *
 * @throws {@link Refusal} by the rows of Google's table of JWT errors.
 */
export function delegatedUser(
  google: Google,
  account: ServiceAccount,
  sub: unknown,
  scopes: ReadonlySet<string>,
): EmulatorUser | undefined {
  if (sub === undefined || sub === account.email) return undefined;
  const user = typeof sub === "string" ? google.directory.findUser(sub) : undefined;
  if (!user) throw new Refusal(400, "invalid_grant", "Not a valid email or user ID.");
  if (account.organization !== undefined && user.hd !== account.organization) {
    throw new Refusal(403, "org_internal", "This client is restricted to users within its organization.");
  }
  checkDelegation(account, user, scopes);
  if (user.restrictedScopes?.some((restricted) => scopes.has(canonicalScope(restricted)))) {
    const reason = "One or more scopes are restricted by the policy of the user's Workspace administrator.";
    throw new Refusal(400, "admin_policy_enforced", reason);
  }
  return user;
}

function checkDelegation(account: ServiceAccount, user: EmulatorUser, scopes: ReadonlySet<string>): void {
  const ofDomain = account.delegation.filter(({ domain }) => user.hd !== undefined && (domain ?? user.hd) === user.hd);
  const typedIn = (client: string) =>
    ofDomain.filter((delegation) => (delegation.client ?? account.clientId) === client);
  const delegated = typedIn(account.clientId);
  if (delegated.length === 0) {
    throw new Refusal(
      401,
      "unauthorized_client",
      typedIn(account.email).length > 0
        ? "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested."
        : "Unauthorized client or scope in request.",
    );
  }
  // A wide scope does not cover a narrow one: the console compares texts.
  const covered = new Set(delegated.flatMap((delegation) => delegation.scopes.map(canonicalScope)));
  if (!scopes.isSubsetOf(covered)) throw new Refusal(403, "access_denied", "Requested client not authorized.");
}
