import type { Google } from "../state/google.ts";
import type { GrantSummary } from "../state/grants.ts";

/** Deletes an account, by `sub` or e-mail address: all its tokens die. */
export function removeUser({ directory, grants }: Google, user: string): void {
  const { sub } = directory.requireUser(user);
  grants.revoke(sub);
  directory.removeUser(sub);
}

/** Deletes a service account, with its keys: its tokens die. */
export function removeServiceAccount({ serviceAccounts, grants }: Google, emailOrId: string): void {
  const { email, clientId } = serviceAccounts.require(emailOrId);
  serviceAccounts.remove(email);
  grants.expireAccessTokens(clientId);
}

/** The user removes the app from their account: all their tokens die. */
export function revokeUser({ directory, grants }: Google, user: string): void {
  grants.revoke(directory.requireUser(user).sub);
}

/** Refreshing for this user is refused, until they sign in again. */
export function requireReauth({ directory, grants }: Google, user: string): void {
  grants.requireReauth(directory.requireUser(user).sub);
}

/** Ends the access tokens of one user or service account, or of all. */
export function expireAccessTokens({ directory, serviceAccounts, grants }: Google, account?: string): void {
  if (account === undefined) grants.expireAccessTokens();
  else grants.expireAccessTokens(serviceAccounts.find(account)?.clientId ?? directory.requireUser(account).sub);
}

/** What the user granted, by project. */
export function summarizeGrants({ directory, grants }: Google, user: string): GrantSummary[] {
  return grants.summary(directory.requireUser(user).sub);
}
