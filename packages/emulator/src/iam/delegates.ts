import { CloudError, permissionDenied } from "../apis/cloud-error.ts";
import { includesMember } from "../options/policy-member.ts";
import type { Google } from "../state/google.ts";
import type { ServiceAccount } from "../state/service-account.ts";

/**
 * Returns the account that the caller may act as: directly, or through the chain of `delegates`, in which each account
 * needs the role on the next one.
 *
 * @throws {@link CloudError} if a role is missing, or an account is unknown or disabled.
 */
export function requireActing(
  google: Google,
  member: string,
  name: string,
  delegates: unknown,
  permission: string,
): ServiceAccount {
  const target = requireAccount(google, name);
  let acting = member;
  for (const delegate of readDelegates(delegates)) {
    const account = requireAccount(google, delegate);
    requireRole(account, acting, "iam.serviceAccounts.implicitDelegation");
    acting = `serviceAccount:${account.email}`;
  }
  requireRole(target, acting, permission);
  if (target.status === "disabled") {
    // Unconfirmed: Google's status and text.
    throw new CloudError(400, "FAILED_PRECONDITION", `Service account ${target.email} is disabled.`);
  }
  return target;
}

function requireAccount(google: Google, name: string): ServiceAccount {
  const account = google.serviceAccounts.find(name);
  if (account) return account;
  throw new CloudError(404, "NOT_FOUND", `Not found; Gaia id not found for email ${name}`);
}

function requireRole(account: ServiceAccount, member: string, permission: string): void {
  if (!includesMember(account.tokenCreators, member)) throw permissionDenied(permission);
}

function readDelegates(delegates: unknown = []): string[] {
  const names = Array.isArray(delegates)
    ? delegates.map((one) => /^projects\/-\/serviceAccounts\/([^/]+)$/.exec(String(one))?.[1])
    : [undefined];
  if (names.every((name) => name !== undefined)) return names;
  const form = "projects/-/serviceAccounts/EMAIL";
  throw new CloudError(400, "INVALID_ARGUMENT", `Invalid value for field delegates: each must be ${form}.`);
}
