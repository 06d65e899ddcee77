import type { Google } from "../google.ts";
import { type Answer, type Exchange, json, notStored } from "../http/exchange.ts";
import { authenticate, type Caller, holdsAny, isAnswer, realm } from "./bearer.ts";

/** One method of a Google API: which scopes open it, and what it answers. */
export interface ApiMethod {
  readonly path: string | RegExp;
  /** As in Google's audit names, for the error's details. */
  readonly name: string;
  readonly service: string;
  /** Any one of them is enough. */
  readonly scopes: readonly string[];
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

/** Google's error JSON for the APIs. `reason` is of the older list, `status` of the newer. */
export function apiError(code: number, message: string, reason: string): Answer {
  const errors = [{ message, domain: "global", reason }];
  return json(code, { error: { code, message, errors } });
}

export function insufficientScopes({ service, name, scopes }: Pick<ApiMethod, "service" | "name" | "scopes">): Answer {
  const error = {
    code: 403,
    message: "Request had insufficient authentication scopes.",
    errors: [{ message: "Insufficient Permission", domain: "global", reason: "insufficientPermissions" }],
    status: "PERMISSION_DENIED",
    details: [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        domain: "googleapis.com",
        metadata: { method: name, service },
      },
    ],
  };
  const challenge = `${realm}, error="insufficient_scope", scope="${scopes.join(" ")}"`;
  return json(403, { error }, { ...notStored, "www-authenticate": challenge });
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
