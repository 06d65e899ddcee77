import { AuthError, toAuthError } from "../errors/auth-error.ts";
import { canonicalUrl, wayBack } from "../flow/addresses.ts";
import { beginAuthorization } from "../flow/authorize.ts";
import type { FlowContext } from "../flow/context.ts";
import { beginLink } from "../flow/link.ts";
import { canonicalScope } from "../google/scopes.ts";
import type { RequestView } from "../http/request-view.ts";
import { redirect } from "../http/responses.ts";
import { errorPage } from "../pages/index.ts";
import { answerError, methodNotAllowed } from "./answers.ts";

/** Longer than any e-mail address (RFC 5321) or subject. */
const MAX_HINT = 320;

/**
 * `GET /authorize?scope=…&return_to=…&login_hint=…&prompt=…&link=1`: begins an authorization. Nothing else of its query is
 * read: client, redirect URI and endpoints are the app's.
 */
export async function authorizeRoute(context: FlowContext, request: RequestView): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") return methodNotAllowed(context, request, "GET, HEAD");
  const elsewhere = canonicalUrl(context.options.redirectUris, request);
  if (elsewhere !== undefined) return redirect(elsewhere);

  const start = request.url.indexOf("?");
  const query = new URLSearchParams(start === -1 ? "" : request.url.slice(start));
  try {
    const hint = query.get("login_hint");
    const wanted = {
      scopes: declaredScopes(context, query.getAll("scope")),
      returnTo: wayBack(context, request, query),
      prompt: userPrompt(query.get("prompt")),
      loginHint: hint === null || hint.length > MAX_HINT ? undefined : hint,
    };
    if (isTrue(query.get("link"))) return redirect(await beginLink(context, request, wanted));
    return redirect(beginAuthorization(context, request, wanted, context.signIns.read(request)));
  } catch (thrown) {
    const error = toAuthError(thrown, "internal_error");
    await context.notify.failed(error, request);
    return answerError(context, request, error, errorPage(error, { homeHref: "/" }));
  }
}

/** @throws AuthError `undeclared_scope`: a link must not make the app ask for what it never asks for */
function declaredScopes(context: FlowContext, values: readonly string[]): readonly string[] {
  const scopes = values
    .flatMap((value) => value.split(" "))
    .filter((scope) => scope !== "")
    .map(canonicalScope);
  const undeclared = scopes.find((scope) => !context.isDeclared(scope));
  if (undeclared !== undefined) {
    throw new AuthError("undeclared_scope", { detail: JSON.stringify(undeclared.slice(0, 200)) });
  }
  return scopes;
}

function isTrue(value: string | null): boolean {
  return value === "1" || value === "true";
}

/** What a link may choose of `prompt`: to be asked more than Google would ask by itself. */
function userPrompt(prompt: string | null): string | undefined {
  return prompt === "consent" || prompt === "select_account" ? prompt : undefined;
}
