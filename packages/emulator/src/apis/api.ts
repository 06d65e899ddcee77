import type { Exchange } from "../http/exchange.ts";
import type { HttpResponse } from "../http/responses.ts";
import type { Google } from "../state/google.ts";
import { apiError, insufficientScopes, type MethodScopes } from "./api-errors.ts";
import { authenticate, type Caller, holdsAny, isResponse } from "./caller.ts";

/** A method of a Google API. */
export interface ApiMethod extends MethodScopes {
  readonly path: string | RegExp;
  /** Whether the method accepts downscoped tokens. Default `false`. */
  readonly acceptsBoundaries?: boolean;
  respond(call: ApiCall): HttpResponse;
}

export interface ApiCall extends Caller {
  readonly google: Google;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Calls the method at the request's path if the access token allows it. */
export function callApi(google: Google, exchange: Exchange, methods: readonly ApiMethod[]): HttpResponse {
  const method = methods.find(({ path }) => isAt(path, exchange.path));
  if (!method) return apiError(404, "Not Found", "notFound");
  if (exchange.method !== "GET") return apiError(405, "Method Not Allowed", "httpMethodNotAllowed");
  const caller = authenticate(google, exchange, method.service);
  if (isResponse(caller)) return caller;
  // Unconfirmed: the response of an API that does not support access boundaries.
  if (caller.boundary && !method.acceptsBoundaries)
    return apiError(403, "The caller does not have permission", "forbidden");
  if (!holdsAny(caller, method.scopes)) return insufficientScopes(method);
  return method.respond({ ...caller, google, path: exchange.path, query: exchange.query });
}

function isAt(path: string | RegExp, requestPath: string): boolean {
  return typeof path === "string" ? path === requestPath : path.test(requestPath);
}

/** Returns an integer parameter, limited to the range from 1 to `most`. `usual` is the default. */
export function countParameter(
  query: URLSearchParams,
  name: string,
  { usual, most }: { readonly usual: number; readonly most: number },
): number {
  const value = Number(query.get(name) ?? usual);
  return Number.isInteger(value) ? Math.min(Math.max(value, 1), most) : usual;
}
