import type { EmulatorUser } from "../directory.ts";
import type { Google } from "../google.ts";
import type { AccessToken } from "../grants.ts";

/**
 * Whose data an access token opens: a user's, also by delegation, or a service account's own.
 * `undefined` where either is gone, or the service account was disabled.
 */
export function principalOf(google: Google, held: AccessToken): EmulatorUser | undefined {
  const { sub, serviceAccount } = held;
  if (serviceAccount === undefined) return google.directory.user(sub) ?? federatedPrincipal(sub);
  const account = google.serviceAccounts.find(serviceAccount);
  if (account?.status !== "active") return undefined;
  const { clientId, email } = account;
  return sub === clientId ? { sub: clientId, email, name: email } : google.directory.user(sub);
}

/** A workload of elsewhere, which a pool vouches for, has no e-mail address. */
function federatedPrincipal(sub: string): EmulatorUser | undefined {
  return sub.startsWith("principal://") ? { sub, email: "", name: sub } : undefined;
}
