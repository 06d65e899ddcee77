import { isLoopback } from "../google/endpoints.ts";
import { pickByHost } from "../http/host.ts";
import type { RequestView } from "../http/request-view.ts";
import type { RequestScope } from "./request-scope.ts";
import { safeReturnTo } from "./return-to.ts";

/** The query of an address of the authorize route. */
export interface AuthorizeQuery {
  readonly scopes?: readonly string[];
  readonly returnTo?: string | undefined;
  readonly loginHint?: string | undefined;
  /** Links another account instead of signing in. */
  readonly link?: boolean;
}

/** The absolute address of the authorize route, or `undefined` if the app switched that route off. */
export function authorizeUrl(scope: RequestScope, query: AuthorizeQuery = {}): string | undefined {
  const { context, request } = scope;
  const path = context.options.routes.paths.authorize;
  if (path === undefined) return undefined;
  const url = new URL(request.mountPath + path, originOf(scope));
  const scopes = query.scopes?.filter((name) => context.isDeclared(name)) ?? [];
  if (scopes.length > 0) url.searchParams.set("scope", scopes.join(" "));
  if (query.returnTo !== undefined) url.searchParams.set("return_to", query.returnTo);
  if (query.loginHint !== undefined) url.searchParams.set("login_hint", query.loginHint);
  if (query.link) url.searchParams.set("link", "1");
  return url.href;
}

/** The app's own origin for a request: the origin of the redirect URI that the request's host picks. */
function originOf({ context, request }: RequestScope): string {
  return new URL(pickByHost(context.options.redirectUris, request.header("host"))).origin;
}

/** The page of this app, or of one of `returnOrigins`, that the request's `Referer` names. */
export function refererPath({ context: { options }, request }: RequestScope): string | undefined {
  const referer = request.header("referer");
  if (referer === undefined || !URL.canParse(referer)) return undefined;
  const { origin, pathname, search } = new URL(referer);
  if (options.returnOrigins.includes(origin)) return origin + pathname + search;
  const isPageOfApp =
    options.ownOrigins.includes(origin) && options.routes.match(pathname, request.mountPath) === undefined;
  return isPageOfApp ? pathname + search : undefined;
}

/**
 * The page to which a refused user returns: the request's own address, or, for a form, the page that has it. The address
 * of a form's action may not be a page.
 */
export function pageOfRequest(scope: RequestScope): string {
  const { method, url } = scope.request;
  const isPage = method === "GET" || method === "HEAD";
  return safeReturnTo(isPage ? url : refererPath(scope), scope.context.options);
}

/** Where one of Scopegate's pages leads: to `return_to`, else to the page that the user came from, else to `/`. */
export function wayBack(scope: RequestScope, parameters: URLSearchParams): string {
  return safeReturnTo(parameters.get("return_to") ?? refererPath(scope), scope.context.options);
}

/**
 * The address under the redirect URI's host name, for a request that came by another name of this machine. Cookies
 * belong to one host name: an attempt that begins on 127.0.0.1 is not found when Google sends the browser to localhost.
 */
export function canonicalUrl(redirectUris: readonly string[], request: RequestView): string | undefined {
  const host = request.header("host");
  if (host === undefined || !URL.canParse(`http://${host}`)) return undefined;
  const here = new URL(`http://${host}`);
  const canonical = new URL(pickByHost(redirectUris, host));
  const isAlias =
    isLoopback(here.hostname) &&
    isLoopback(canonical.hostname) &&
    here.hostname !== canonical.hostname &&
    here.port === canonical.port;
  return isAlias && request.url.startsWith("/") ? canonical.origin + request.url : undefined;
}
