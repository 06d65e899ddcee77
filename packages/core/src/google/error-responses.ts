import { AuthError, type AuthErrorCode } from "../errors/auth-error.ts";
import { isRecord } from "../util/json-file.ts";
import { parseObject, quotable } from "./untrusted-text.ts";

/** The purpose of a request to the token or revocation endpoint. The same error has another meaning for each. */
export type TokenPurpose = "code" | "refresh" | "revoke";

/** The request that an error response belongs to. */
export interface TokenEndpointErrorContext {
  readonly grant: TokenPurpose;
  /** Secrets of the request. A response that repeats one of them is not quoted. */
  readonly secrets?: readonly string[];
}

/** Codes with the same meaning at the authorization endpoint and at the token endpoint. */
const COMMON: readonly (readonly [wire: string, code: AuthErrorCode])[] = [
  ["access_denied", "access_denied"],
  ["admin_policy_enforced", "admin_policy_enforced"],
  ["deleted_client", "deleted_client"],
  ["disabled_client", "disabled_client"],
  ["invalid_client", "invalid_client"],
  ["invalid_request", "invalid_request"],
  ["invalid_scope", "invalid_scope"],
  ["org_internal", "org_internal"],
  ["redirect_uri_mismatch", "redirect_uri_mismatch"],
  ["server_error", "temporarily_unavailable"],
  ["temporarily_unavailable", "temporarily_unavailable"],
  ["unauthorized_client", "unauthorized_client"],
];

/** Codes of RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6, and Google. */
const AUTHORIZE_CODES: ReadonlyMap<string, AuthErrorCode> = new Map([
  ...COMMON,
  ["account_selection_required", "interaction_required"],
  ["consent_required", "interaction_required"],
  ["disallowed_useragent", "disallowed_useragent"],
  ["interaction_required", "interaction_required"],
  ["login_required", "login_required"],
]);

/** Codes of RFC 6749 section 5.2, and Google. */
const TOKEN_CODES: ReadonlyMap<string, AuthErrorCode> = new Map([
  ...COMMON,
  // Google does not document this code, but its own client libraries retry after it. [?]
  ["internal_failure", "temporarily_unavailable"],
  ["invalid_grant", "invalid_grant"],
  ["unsupported_grant_type", "unsupported_grant_type"],
]);

/**
 * Makes the error for an error response of the token or revocation endpoint (RFC 6749 section 5.2).
 * @param status - the HTTP status of the response, other than 200
 * @param body - the body as received, which may not be JSON
 */
export function tokenEndpointError(status: number, body: string, context: TokenEndpointErrorContext): AuthError {
  const parsed = parseObject(body);
  const code = tokenEndpointCode(status, body, parsed, context.grant);
  return new AuthError(code, describeRefusal(status, body, context.secrets));
}

/**
 * Describes an error response for an {@link AuthError}: the status, and the fields of OAuth or of Google's APIs
 * (`error.message`) as far as they may be quoted.
 * @param secrets - secrets of the request; a response that repeats one of them is not quoted
 */
export function describeRefusal(
  status: number,
  body: string,
  secrets: readonly string[] = [],
): { detail: string; cause?: unknown } {
  const parsed = parseObject(body);
  if (parsed === undefined) return { detail: `HTTP ${status}, and the response is not JSON` };
  if (carriesSecrets(body, secrets)) return { detail: `HTTP ${status}` };
  const { error } = parsed;
  const api = isRecord(error) ? [error["status"], error["message"]] : [];
  const quoted = [error, parsed["error_subtype"], parsed["error_description"], ...api].flatMap(quotable).join(": ");
  return { detail: `HTTP ${status}${quoted && ` ${quoted}`}`, cause: parsed };
}

/**
 * Makes the error for a callback with `?error=` (RFC 6749 section 4.1.2.1).
 * @param error - the parameter as received
 * @param subtype - the parameter `error_subtype`, which only Google sends
 */
export function authorizationError(
  error: string,
  description: string | undefined,
  subtype: string | undefined,
): AuthError {
  // With `prompt=none`, Google reports in this form that the user declined.
  const denied = error === "interaction_required" && subtype === "access_denied";
  const code = denied ? "access_denied" : (AUTHORIZE_CODES.get(error) ?? "invalid_request");
  const quoted = [error, subtype, description].flatMap(quotable).join(": ");
  return new AuthError(code, quoted === "" ? {} : { detail: quoted });
}

function tokenEndpointCode(
  status: number,
  body: string,
  parsed: Record<string, unknown> | undefined,
  purpose: TokenPurpose,
): AuthErrorCode {
  if (status >= 500 || status === 429) return "temporarily_unavailable";
  const error = parsed?.["error"];
  if (error === "invalid_grant" && purpose === "refresh") {
    return requiresNewSignIn(parsed) ? "reauthentication_required" : "reconnect_required";
  }
  const known = typeof error === "string" ? TOKEN_CODES.get(error) : undefined;
  if (known !== undefined) return known;
  // Google responds with 401 "Unauthorized" to a wrong secret. An HTML page with this status comes from a proxy.
  return status === 401 && !body.trimStart().startsWith("<") ? "invalid_client" : "invalid_response";
}

/**
 * Whether Google Cloud session control requires a new sign-in before the grant works again. Some responses have the
 * subtype, and some only name it in the description. `rapt_required` is known from Google's libraries. [?]
 */
function requiresNewSignIn(body: Record<string, unknown> | undefined): boolean {
  return [body?.["error_subtype"], body?.["error_description"]].some(
    (text) => typeof text === "string" && /\b(invalid_rapt|rapt_required)\b/.test(text),
  );
}

/**
 * Whether the response repeats a secret, or has a field that looks like a credential, at any depth. Error responses should
 * not have any, but a faulty server might. Decoded strings are checked too, because JSON can escape characters (`\u003d`).
 */
function carriesSecrets(body: string, secrets: readonly string[]): boolean {
  const repeatsAny = (text: string) => secrets.some((secret) => repeats(text, secret));
  let found = repeatsAny(body);
  try {
    JSON.parse(body, (key, value: unknown) => {
      if (typeof value !== "string") return value;
      if (
        /(token|secret|password|assertion|jwt|blob|accesskey|private_?key)$|^(code|code_verifier)$/i.test(key) ||
        repeatsAny(value)
      )
        found = true;
      return value;
    });
  } catch {
    // The JSON is nested too deeply to check.
    return true;
  }
  return found;
}

/** Whether a text contains a secret, plain or form-encoded. Values shorter than any real secret are ignored, since they match by chance. */
function repeats(text: string, secret: string): boolean {
  return (
    secret.length >= 8 &&
    (text.includes(secret) || text.includes(new URLSearchParams([[secret, ""]]).toString().slice(0, -1)))
  );
}
