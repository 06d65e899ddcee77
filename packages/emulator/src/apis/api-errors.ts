import { bearerRealm } from "../http/bearer.ts";
import { type Answer, json, notStored } from "../http/responses.ts";

/** Google's error JSON for the APIs. `reason` is of the older list, `status` of the newer. */
export function apiError(code: number, message: string, reason: string): Answer {
  const errors = [{ message, domain: "global", reason }];
  return json(code, { error: { code, message, errors } });
}

/** A method, as the refusal of a token with other scopes names it. */
export interface MethodScopes {
  /** As in Google's audit names. */
  readonly name: string;
  readonly service: string;
  /** Any one of them is enough. */
  readonly scopes: readonly string[];
}

export function insufficientScopes({ service, name, scopes }: MethodScopes): Answer {
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
  return json(403, { error }, { ...notStored, "www-authenticate": challenge });
}

export function unauthenticated(reason: string, short: string, challenge: string): Answer {
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
