import { bearerRealm } from "../http/bearer.ts";
import { type HttpResponse, json, noStore } from "../http/responses.ts";

/** An error in the older JSON form of Google's APIs, which has a `reason`. The newer form has a `status`. */
export function apiError(code: number, message: string, reason: string): HttpResponse {
  const errors = [{ message, domain: "global", reason }];
  return json(code, { error: { code, message, errors } });
}

/** The part of a method that an error about missing scopes names. */
export interface MethodScopes {
  /** The method's name in Google's audit logs. */
  readonly name: string;
  readonly service: string;
  /** The scopes that allow the method. One of them is enough. */
  readonly scopes: readonly string[];
}

export function insufficientScopes({ service, name, scopes }: MethodScopes): HttpResponse {
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
  const challenge = `${bearerRealm}, error="insufficient_scope", scope="${scopes.join(" ")}"`;
  return json(403, { error }, { ...noStore, "www-authenticate": challenge });
}

export function unauthenticated(reason: string, short: string, challenge: string): HttpResponse {
  const message =
    reason === "required"
      ? "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential."
      : "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.";
  const location = { location: "Authorization", locationType: "header" };
  const errors = [{ message: short, domain: "global", reason, ...location }];
  return json(
    401,
    { error: { code: 401, message, errors, status: "UNAUTHENTICATED" } },
    { ...noStore, "www-authenticate": challenge },
  );
}
