import { AuthError, toAuthError } from "../errors/auth-error.ts";
import { canonicalUrl, wayBack } from "../flow/addresses.ts";
import { beginAuthorization } from "../flow/authorize.ts";
import type { FlowContext } from "../flow/context.ts";
import { beginLink } from "../flow/link.ts";
import type { RequestScope } from "../flow/request-scope.ts";
import { canonicalScope } from "../google/scopes.ts";
import { isPrefetch } from "../http/navigation.ts";
import { redirect } from "../http/responses.ts";
import { errorPage } from "../pages/index.ts";
import { errorResponse, prefetchResponse } from "./responses.ts";

/** Characters. E-mail addresses (RFC 5321) and subjects are shorter. */
const MAX_HINT = 320;

/**
 * `GET /authorize?scope=…&return_to=…&login_hint=…&prompt=…&link=1`: begins an authorization. Other parameters are
 * ignored: the client, the redirect URI and the endpoints are options of the app. A prefetch begins nothing.
 */
export async function authorizeRoute(scope: RequestScope): Promise<Response> {
  const { context, request } = scope;
  // Each attempt takes the place of an older one, so that prefetched links would end a sign-in that waits at Google.
  if (isPrefetch(request)) return prefetchResponse();
  const elsewhere = canonicalUrl(context.options.redirectUris, request);
  if (elsewhere !== undefined) return redirect(elsewhere);

  const start = request.url.indexOf("?");
  const query = new URLSearchParams(start === -1 ? "" : request.url.slice(start));
  try {
    const hint = query.get("login_hint");
    const wanted = {
      scopes: declaredScopes(context, query.getAll("scope")),
      returnTo: wayBack(scope, query),
      prompt: promptOfUser(query.get("prompt")),
      loginHint: hint === null || hint.length > MAX_HINT ? undefined : hint,
    };
    if (isTrue(query.get("link"))) return redirect(await beginLink(scope, wanted));
    return redirect(beginAuthorization(scope, wanted, context.signIns.read(request)));
  } catch (thrown) {
    const error = toAuthError(thrown, "internal_error");
    await context.notify.failed(error, request);
    return errorResponse(scope, error, errorPage(error, { homeHref: "/" }));
  }
}

/** @throws AuthError `undeclared_scope`: a foreign link must not make the app request a scope that it never requests */
function declaredScopes(context: FlowContext, values: readonly string[]): readonly string[] {
  const scopes = values
    .flatMap((value) => value.split(" "))
    .filter((name) => name !== "")
    .map(canonicalScope);
  const undeclared = scopes.find((name) => !context.isDeclared(name));
  if (undeclared !== undefined) {
    throw new AuthError("undeclared_scope", { detail: JSON.stringify(undeclared.slice(0, 200)) });
  }
  return scopes;
}

function isTrue(value: string | null): boolean {
  return value === "1" || value === "true";
}

/** A link may only demand that Google asks the user more than it would by itself. */
function promptOfUser(prompt: string | null): string | undefined {
  return prompt === "consent" || prompt === "select_account" ? prompt : undefined;
}
