import { AuthError } from "../errors.ts";
import { beginAuthorization } from "../flow/authorize.ts";
import type { FlowContext } from "../flow/context.ts";
import { safeReturnTo } from "../flow/return-to.ts";
import type { SignIn } from "../flow/sign-in.ts";
import { standingOf } from "../flow/standing.ts";
import type { Standing } from "../flow/standing.ts";
import { GoogleAuth } from "../google-auth.ts";
import { isNavigation, json, redirect } from "../http.ts";
import type { RequestView } from "../http.ts";
import { declinedPage } from "../pages/index.ts";
import { authorizeUrl, canonicalUrl, refererPath } from "../routes/addresses.ts";
import { missingOf } from "./requirement.ts";
import type { Requirement } from "./requirement.ts";

/** A guard's answer; `undefined` lets the request pass. */
export type GuardAnswer = Response | undefined;

/** Milliseconds for which "no" is taken for an answer, and a guarded page explains instead of asking again. */
const DECLINED_FOR = 10 * 60_000;

/**
 * Checks a request against a requirement. Passes at once, without a promise, where grants live in the session.
 * @throws AuthError (or rejects) `session_unavailable`, `store_unavailable`: the handler must not run
 */
export function checkRequirement(auth: GoogleAuth, requirement: Requirement): GuardAnswer | Promise<GuardAnswer> {
  const { context, request } = GoogleAuth.partsOf(auth);
  const standing = standingOf(context, request);
  if (standing instanceof Promise) return standing.then((settled) => judge(context, request, requirement, settled));
  return judge(context, request, requirement, standing);
}

function judge(
  context: FlowContext,
  request: RequestView,
  requirement: Requirement,
  { signIn, hasGrant }: Standing,
): GuardAnswer | Promise<GuardAnswer> {
  if (signIn !== undefined && hasGrant) {
    const missing = missingOf(requirement, signIn.scopes);
    if (missing.length === 0) return undefined;
    return refuse(context, request, requirement, "insufficient_scope", missing, signIn);
  }
  const wanted = missingOf(requirement, []);
  return refuse(
    context,
    request,
    requirement,
    signIn === undefined ? "sign_in_required" : "reconnect_required",
    wanted,
    signIn,
  );
}

async function refuse(
  context: FlowContext,
  request: RequestView,
  { onMissing }: Requirement,
  code: "sign_in_required" | "reconnect_required" | "insufficient_scope",
  missing: readonly string[],
  signIn: SignIn | undefined,
): Promise<GuardAnswer> {
  const { options } = context;
  const error = refusal(context, request, code, missing);
  if (onMissing === "error") throw error;
  if (typeof onMissing === "function") {
    const own = await onMissing(error, request.raw);
    if (own !== undefined) return own;
  }
  if (!isNavigation(request)) return json(error.toJSON(), error.status, error.headers);

  const returnTo = safeReturnTo(request.url, options);
  if (code === "insufficient_scope" && hasJustDeclined(signIn, missing, options.now())) {
    const askAgainHref = authorizeUrl(context, request, { scopes: missing, returnTo }) ?? "/";
    const page = declinedPage({ missing, askAgainHref, homeHref: "/", signedInAs: signIn?.user.email });
    return context.pages.respond(page, request.header("accept-language"));
  }
  const elsewhere = canonicalUrl(options.redirectUris, request);
  if (elsewhere !== undefined) return redirect(elsewhere);
  // A dead grant's refresh token comes back only if consent is shown.
  const prompt = code === "reconnect_required" && options.accessType === "offline" ? "consent" : undefined;
  return redirect(beginAuthorization(context, request, { scopes: missing, returnTo, prompt }, signIn));
}

/** The refusal as RFC 6750 section 3 words it, with the address where the user can mend it. */
function refusal(
  context: FlowContext,
  request: RequestView,
  code: "sign_in_required" | "reconnect_required" | "insufficient_scope",
  missing: readonly string[],
): AuthError {
  const url = authorizeUrl(context, request, { scopes: missing, returnTo: refererPath(context, request) });
  const challenge =
    code === "insufficient_scope" ? `Bearer error="insufficient_scope", scope="${missing.join(" ")}"` : "Bearer";
  return new AuthError(code, {
    ...(code === "insufficient_scope" && { missing }),
    ...(url !== undefined && { authorizeUrl: url }),
    headers: { "WWW-Authenticate": challenge },
  });
}

function hasJustDeclined(signIn: SignIn | undefined, missing: readonly string[], now: number): boolean {
  const declined = signIn?.declined;
  return (
    declined !== undefined &&
    now - declined.at < DECLINED_FOR &&
    missing.every((scope) => declined.scopes.includes(scope))
  );
}
