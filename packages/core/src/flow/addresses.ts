import { isLoopback } from "../google/endpoints.ts";
import type { RequestView } from "../http/request-view.ts";
import { pickRedirectUri } from "./authorize.ts";
import type { FlowContext } from "./context.ts";
import { safeReturnTo } from "./return-to.ts";

/** What the authorize route is to be asked. */
export interface AuthorizeQuery {
  readonly scopes?: readonly string[];
  readonly returnTo?: string | undefined;
  readonly loginHint?: string | undefined;
  /** Whether another account is linked. */
  readonly link?: boolean;
}

/** The absolute address of the authorize route; `undefined` where it is switched off. */
export function authorizeUrl(
  context: FlowContext,
  request: RequestView,
  query: AuthorizeQuery = {},
): string | undefined {
  const path = context.options.routes.paths.authorize;
  if (path === undefined) return undefined;
  const url = new URL(request.mountPath + path, originOf(context, request));
  const scopes = query.scopes?.filter((scope) => context.isDeclared(scope)) ?? [];
  if (scopes.length > 0) url.searchParams.set("scope", scopes.join(" "));
  if (query.returnTo !== undefined) url.searchParams.set("return_to", query.returnTo);
  if (query.loginHint !== undefined) url.searchParams.set("login_hint", query.loginHint);
  if (query.link) url.searchParams.set("link", "1");
  return url.href;
}

/** The app's own origin for a request: that of the redirect URI that its host picks. */
function originOf({ options }: FlowContext, request: RequestView): string {
  return new URL(pickRedirectUri(options.redirectUris, request.header("host"))).origin;
}

/** The page of this app that a request came from, if its `Referer` says so. */
export function refererPath({ options }: FlowContext, request: RequestView): string | undefined {
  const referer = request.header("referer");
  if (referer === undefined || !URL.canParse(referer)) return undefined;
  const { origin, pathname, search } = new URL(referer);
  if (options.returnOrigins.includes(origin)) return origin + pathname + search;
  const isOurs = options.ownOrigins.includes(origin) && options.routes.match(pathname, request.mountPath) === undefined;
  return isOurs ? pathname + search : undefined;
}

/** Where the user goes after one of our pages: `return_to`, else the page they came from, else `/`. */
export function wayBack(context: FlowContext, request: RequestView, parameters: URLSearchParams): string {
  return safeReturnTo(parameters.get("return_to") ?? refererPath(context, request), context.options);
}

/**
 * A development server answers on every name of this machine, but cookies belong to one: begun on 127.0.0.1, an
 * attempt would not be found on localhost. The same address under the redirect URI's name, where that is the case.
 */
export function canonicalUrl(redirectUris: readonly string[], request: RequestView): string | undefined {
  const host = request.header("host");
  if (host === undefined || !URL.canParse(`http://${host}`)) return undefined;
  const here = new URL(`http://${host}`);
  const canonical = new URL(pickRedirectUri(redirectUris, host));
  const isAlias =
    isLoopback(here.hostname) &&
    isLoopback(canonical.hostname) &&
    here.hostname !== canonical.hostname &&
    here.port === canonical.port;
  return isAlias && request.url.startsWith("/") ? canonical.origin + request.url : undefined;
}
