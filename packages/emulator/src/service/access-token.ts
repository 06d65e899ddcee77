import type { Google } from "../state/google.ts";
import type { ServiceAccount } from "../state/service-account.ts";

/**
 * Issues an access token of the account. `lifetime` is in seconds. `sub` is the user that the account acts for;
 * default: the account itself.
 */
export function issueServiceToken(
  google: Google,
  account: ServiceAccount,
  {
    scopes,
    lifetime,
    sub = account.clientId,
  }: { readonly scopes: ReadonlySet<string>; readonly lifetime: number; readonly sub?: string | undefined },
): string {
  const { clientId, projectId, email: serviceAccount } = account;
  const credential = { clientId, projectId, serviceAccount, sub, scopes, accessType: "online" } as const;
  return google.grants.issueAccessToken(credential, lifetime);
}
