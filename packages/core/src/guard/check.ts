import { GoogleAuth } from "../api/google-auth.ts";
import type { FlowContext } from "../flow/context.ts";
import { standingOf } from "../flow/standing.ts";
import type { Standing } from "../flow/standing.ts";
import type { RequestView } from "../http/request-view.ts";
import { isObserved, publish } from "../util/diagnostics.ts";
import { answerRefusal, refusalError } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { missingOf } from "./requirement.ts";
import type { Requirement } from "./requirement.ts";

/** A guard's answer; `undefined` lets the request pass. */
export type GuardAnswer = Response | undefined;

/**
 * Checks a request against a requirement. Passes at once, without a promise, where grants live in the session.
 * @throws AuthError (or rejects) `session_unavailable`, `store_unavailable`: the handler must not run
 */
export function checkRequirement(auth: GoogleAuth, requirement: Requirement): GuardAnswer | Promise<GuardAnswer> {
  const { context, request } = GoogleAuth.partsOf(auth);
  const standing = standingOf(context, request);
  return standing instanceof Promise
    ? standing.then((settled) => judge(context, request, requirement, settled))
    : judge(context, request, requirement, standing);
}

function judge(
  context: FlowContext,
  request: RequestView,
  requirement: Requirement,
  { signIn, hasGrant }: Standing,
): GuardAnswer | Promise<GuardAnswer> {
  if (signIn === undefined || !hasGrant) {
    const code = signIn === undefined ? "sign_in_required" : "reconnect_required";
    return refuse(context, request, requirement, { code, scopes: missingOf(requirement, []), signIn });
  }
  const scopes = missingOf(requirement, signIn.scopes);
  if (scopes.length === 0) {
    if (isObserved("guard")) publish("guard", { instance: context.options.name, outcome: "ok", missing: scopes });
    return undefined;
  }
  return refuse(context, request, requirement, { code: "insufficient_scope", scopes, signIn });
}

async function refuse(
  context: FlowContext,
  request: RequestView,
  { onMissing }: Requirement,
  refusal: Refusal,
): Promise<GuardAnswer> {
  const error = refusalError(context, request, refusal);
  if (isObserved("guard")) {
    publish("guard", { instance: context.options.name, outcome: refusal.code, missing: refusal.scopes });
  }
  if (onMissing === "error") throw error;
  const own = typeof onMissing === "function" ? await onMissing(error, request.raw) : undefined;
  return own ?? answerRefusal(context, request, refusal, error);
}
