import type { Google } from "../state/google.ts";
import type { GrantSummary } from "../state/grants.ts";

/** Deletes an account, by `sub` or e-mail address, with its grants and tokens. */
export function removeUser({ directory, grants }: Google, user: string): void {
  const { sub } = directory.requireUser(user);
  grants.revoke(sub);
  directory.removeUser(sub);
}

/** Deletes a service account, by e-mail address or numeric ID, and expires its access tokens. */
export function removeServiceAccount({ serviceAccounts, grants }: Google, emailOrId: string): void {
  const { email, clientId } = serviceAccounts.require(emailOrId);
  serviceAccounts.remove(email);
  grants.expireAccessTokens(clientId);
}

/** Revokes all grants of a user, as if the user removed the apps from the account. */
export function revokeUser({ directory, grants }: Google, user: string): void {
  grants.revoke(directory.requireUser(user).sub);
}

/** Rejects refresh requests for this user until the user signs in again. */
export function requireReauth({ directory, grants }: Google, user: string): void {
  grants.requireReauth(directory.requireUser(user).sub);
}

/** Expires the access tokens of one user or service account. Default: all access tokens. */
export function expireAccessTokens({ directory, serviceAccounts, grants }: Google, account?: string): void {
  if (account === undefined) grants.expireAccessTokens();
  else grants.expireAccessTokens(serviceAccounts.find(account)?.clientId ?? directory.requireUser(account).sub);
}

/** Returns the grants of a user, one for each project. */
export function summarizeGrants({ directory, grants }: Google, user: string): GrantSummary[] {
  return grants.summary(directory.requireUser(user).sub);
}
