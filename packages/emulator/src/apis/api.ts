import type { EmulatorUser } from "../directory.ts";
import type { Google } from "../google.ts";
import { type Answer, bearerToken, type Exchange, json, notStored } from "../http/exchange.ts";
import { principalOf } from "../service/principal.ts";

const realm = 'Bearer realm="https://accounts.google.com/"';

/** One method of a Google API: which scopes open it, and what it answers. */
export interface ApiMethod {
  readonly path: string;
  /** As in Google's audit names, for the error's details. */
  readonly name: string;
  readonly service: string;
  /** Any one of them is enough. */
  readonly scopes: readonly string[];
  answer(call: ApiCall): Answer;
}

export interface ApiCall {
  readonly google: Google;
  readonly user: EmulatorUser;
  readonly scopes: ReadonlySet<string>;
  readonly query: URLSearchParams;
}

/** Runs the method a path names, as far as the request's access token allows. */
export function callApi(google: Google, exchange: Exchange, methods: readonly ApiMethod[]): Answer {
  const method = methods.find(({ path }) => path === exchange.path);
  if (!method) return apiError(404, "Not Found", "notFound");
  if (exchange.method !== "GET") return apiError(405, "Method Not Allowed", "httpMethodNotAllowed");
  const token = bearerToken(exchange);
  if (token === undefined) return unauthenticated("required", "Login Required.", realm);
  const held = google.grants.accessToken(token);
  const user = held && principalOf(google, held);
  if (!held || !user) {
    return unauthenticated("authError", "Invalid Credentials", `${realm}, error="invalid_token"`);
  }
  if (!method.scopes.some((scope) => held.scopes.has(scope))) return insufficientScopes(method);
  return method.answer({ google, user, scopes: held.scopes, query: exchange.query });
}

/** Google's error JSON for the APIs. `reason` is of the older list, `status` of the newer. */
export function apiError(code: number, message: string, reason: string): Answer {
  const errors = [{ message, domain: "global", reason }];
  return json(code, { error: { code, message, errors } });
}

function unauthenticated(reason: string, short: string, challenge: string): Answer {
  const message =
    reason === "required"
      ? "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential."
      : "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.";
  const location = { location: "Authorization", locationType: "header" };
  const errors = [{ message: short, domain: "global", reason, ...location }];
  return json(
    401,
    { error: { code: 401, message, errors, status: "UNAUTHENTICATED" } },
    { ...notStored, "www-authenticate": challenge },
  );
}

function insufficientScopes({ service, name, scopes }: ApiMethod): Answer {
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
