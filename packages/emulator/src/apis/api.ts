import type { Exchange } from "../http/exchange.ts";
import type { Answer } from "../http/responses.ts";
import type { Google } from "../state/google.ts";
import { apiError, insufficientScopes, type MethodScopes } from "./api-errors.ts";
import { authenticate, type Caller, holdsAny, isAnswer } from "./caller.ts";

/** One method of a Google API: which scopes open it, and what it answers. */
export interface ApiMethod extends MethodScopes {
  readonly path: string | RegExp;
  /** It takes tokens that were downscoped, which others refuse. */
  readonly knowsBoundaries?: boolean;
  answer(call: ApiCall): Answer;
}

export interface ApiCall extends Caller {
  readonly google: Google;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Runs the method a path names, as far as the request's access token allows. */
export function callApi(google: Google, exchange: Exchange, methods: readonly ApiMethod[]): Answer {
  const method = methods.find(({ path }) => isAt(path, exchange.path));
  if (!method) return apiError(404, "Not Found", "notFound");
  if (exchange.method !== "GET") return apiError(405, "Method Not Allowed", "httpMethodNotAllowed");
  const caller = authenticate(google, exchange, method.service);
  if (isAnswer(caller)) return caller;
  // Unconfirmed: the answer of an API that knows no access boundaries.
  if (caller.boundary && !method.knowsBoundaries)
    return apiError(403, "The caller does not have permission", "forbidden");
  if (!holdsAny(caller, method.scopes)) return insufficientScopes(method);
  return method.answer({ ...caller, google, path: exchange.path, query: exchange.query });
}

function isAt(path: string | RegExp, asked: string): boolean {
  return typeof path === "string" ? path === asked : path.test(asked);
}

/** The whole number a parameter gives, held between 1 and the most; the default where there is none. */
export function countParameter(
  query: URLSearchParams,
  name: string,
  { usual, most }: { readonly usual: number; readonly most: number },
): number {
  const value = Number(query.get(name) ?? usual);
  return Number.isInteger(value) ? Math.min(Math.max(value, 1), most) : usual;
}
