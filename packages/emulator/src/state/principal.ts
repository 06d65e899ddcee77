import type { EmulatorUser } from "../options/user.ts";
import type { Google } from "./google.ts";
import type { AccessToken } from "./grants.ts";

const federated = "principal://";

/**
 * Returns the account whose data an access token gives access to: a user (also by domain-wide delegation), a service
 * account, or a federated workload. Returns `undefined` if the account was removed, or the service account was
 * disabled.
 */
export function principalOf(google: Google, held: AccessToken): EmulatorUser | undefined {
  const { sub, serviceAccount } = held;
  if (serviceAccount === undefined) {
    // A federated workload has no e-mail address.
    return sub.startsWith(federated) ? { sub, email: "", name: sub } : google.directory.user(sub);
  }
  const account = google.serviceAccounts.find(serviceAccount);
  if (account?.status !== "active") return undefined;
  const { clientId, email } = account;
  return sub === clientId ? { sub: clientId, email, name: email } : google.directory.user(sub);
}

/** Returns the name of a principal as an IAM policy lists it. */
export function memberOf(google: Google, { sub, email }: EmulatorUser): string {
  if (sub.startsWith(federated)) return sub;
  return google.serviceAccounts.find(email)?.clientId === sub ? `serviceAccount:${email}` : `user:${email}`;
}
