import type { EmulatorUser } from "../options/user.ts";
import type { Google } from "./google.ts";
import type { AccessToken } from "./grants.ts";

const federated = "principal://";

/**
 * Whose data an access token opens: a user's, also by delegation, or a service account's own.
 * `undefined` where either is gone, or the service account was disabled.
 */
export function principalOf(google: Google, held: AccessToken): EmulatorUser | undefined {
  const { sub, serviceAccount } = held;
  if (serviceAccount === undefined) {
    // A workload of elsewhere, which a pool vouches for, has no e-mail address.
    return sub.startsWith(federated) ? { sub, email: "", name: sub } : google.directory.user(sub);
  }
  const account = google.serviceAccounts.find(serviceAccount);
  if (account?.status !== "active") return undefined;
  const { clientId, email } = account;
  return sub === clientId ? { sub: clientId, email, name: email } : google.directory.user(sub);
}

/** What an IAM policy calls somebody. */
export function memberOf(google: Google, { sub, email }: EmulatorUser): string {
  if (sub.startsWith(federated)) return sub;
  return google.serviceAccounts.find(email)?.clientId === sub ? `serviceAccount:${email}` : `user:${email}`;
}
