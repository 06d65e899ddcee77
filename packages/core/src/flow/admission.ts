import { AuthError } from "../errors/auth-error.ts";
import { isOfDomain } from "../google/id-token.ts";
import type { VerifiedUser } from "../google/user.ts";
import { callApp } from "./app-calls.ts";
import type { RequestScope } from "./request-scope.ts";

/**
 * Asks the option `admit` about an account that comes back from Google. The ID token's domain was checked already.
 * @throws AuthError `sign_in_refused`, `app_timeout`; the error of `admit`
 */
export async function assertAdmitted(scope: RequestScope, user: VerifiedUser, linked = false): Promise<void> {
  const isAdmitted = await admits(scope, user, linked);
  // A link is another question than a sign-in, so its result says nothing about one.
  if (!linked) scope.context.signIns.rememberRefusal(user.sub, !isAdmitted);
  if (!isAdmitted) throw new AuthError("sign_in_refused");
}

/**
 * Whether an account may sign in without a visit to Google, from a grant in the store. A refusal by `admit` is
 * remembered, so that the requests of a banned user do not each ask the app's database.
 * @throws AuthError `app_timeout`; the error of `admit`
 */
export async function mayReturn(scope: RequestScope, user: VerifiedUser): Promise<boolean> {
  const { options, signIns } = scope.context;
  if (options.hostedDomain !== undefined && !isOfDomain(user.hostedDomain, options.hostedDomain)) return false;
  if (options.admit === undefined) return true;
  if (signIns.isRefused(user.sub)) return false;
  const isAdmitted = await admits(scope, user, false);
  if (!isAdmitted) signIns.rememberRefusal(user.sub, true);
  return isAdmitted;
}

async function admits(
  { context: { options }, request: { raw } }: RequestScope,
  user: VerifiedUser,
  linked: boolean,
): Promise<boolean> {
  const { admit, timeout } = options;
  if (admit === undefined) return true;
  return callApp("admit", timeout, () => admit({ user, ...(linked && { linked }), request: raw }));
}
