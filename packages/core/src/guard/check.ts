import type { RequestScope } from "../flow/request-scope.ts";
import { standingOf } from "../flow/standing.ts";
import { isObserved, publish } from "../util/diagnostics.ts";
import { refusalError, refusalResponse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { missingOf } from "./requirement.ts";
import type { Requirement } from "./requirement.ts";

/**
 * Checks a request against a guard's requirement.
 * @returns the response that refuses the request; `undefined` lets it pass
 * @throws AuthError `session_unavailable`, `store_unavailable`, `unreadable_grant`; the refusal's own error with
 *   `onMissing: "error"`. The handler must not run then.
 */
export async function checkRequirement(scope: RequestScope, requirement: Requirement): Promise<Response | undefined> {
  const { signIn, hasGrant } = await standingOf(scope);
  if (signIn === undefined || !hasGrant) {
    const code = signIn === undefined ? "sign_in_required" : "reconnect_required";
    return refuse(scope, requirement, { code, scopes: missingOf(requirement, []), signIn });
  }
  const missing = missingOf(requirement, signIn.scopes);
  if (missing.length > 0) return refuse(scope, requirement, { code: "insufficient_scope", scopes: missing, signIn });
  if (isObserved("guard")) publish("guard", { instance: scope.context.options.name, outcome: "ok", missing });
  return undefined;
}

async function refuse(scope: RequestScope, { onMissing }: Requirement, refusal: Refusal): Promise<Response> {
  const error = refusalError(scope, refusal);
  if (isObserved("guard")) {
    publish("guard", { instance: scope.context.options.name, outcome: refusal.code, missing: refusal.scopes });
  }
  if (onMissing === "error") throw error;
  const ofApp = typeof onMissing === "function" ? await onMissing(error, scope.request.raw) : undefined;
  return ofApp ?? refusalResponse(scope, refusal, error);
}
