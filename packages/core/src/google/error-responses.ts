import { AuthError, type AuthErrorCode } from "../errors/auth-error.ts";
import { isRecord } from "../util/json-file.ts";
import { parseObject, quotable } from "./untrusted-text.ts";

/** What a token or revocation request was for, which decides what its refusal means. */
export type TokenPurpose = "code" | "refresh" | "revoke";

/** What accompanies an error answer. */
export interface TokenEndpointErrorContext {
  readonly grant: TokenPurpose;
  /** Secrets of our request. An answer that repeats one of them is not quoted at all. */
  readonly secrets?: readonly string[];
}

/** Codes that mean the same at both endpoints. */
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

/** RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6, and Google's own. */
const AUTHORIZE_CODES: ReadonlyMap<string, AuthErrorCode> = new Map([
  ...COMMON,
  ["account_selection_required", "interaction_required"],
  ["consent_required", "interaction_required"],
  ["disallowed_useragent", "disallowed_useragent"],
  ["interaction_required", "interaction_required"],
  ["login_required", "login_required"],
]);

/** RFC 6749 section 5.2, and Google's own. */
const TOKEN_CODES: ReadonlyMap<string, AuthErrorCode> = new Map([
  ...COMMON,
  // Not in Google's documents, but its own client libraries know it as passing. [?]
  ["internal_failure", "temporarily_unavailable"],
  ["invalid_grant", "invalid_grant"],
  ["unsupported_grant_type", "unsupported_grant_type"],
]);

/**
 * The error of a token or revocation endpoint's answer (RFC 6749 section 5.2).
 * @param status - the answer's HTTP status, other than 200
 * @param body - the answer's body as it came; need not be JSON
 */
export function tokenEndpointError(status: number, body: string, context: TokenEndpointErrorContext): AuthError {
  const parsed = parseObject(body);
  const code = tokenEndpointCode(status, body, parsed, context.grant);
  return new AuthError(code, describeRefusal(status, body, context.secrets));
}

/**
 * What a refusal said, as far as it may be repeated: OAuth's fields, or those of Google's APIs (`error.message`).
 * @param secrets - of our request; an answer that repeats one of them is not quoted at all
 */
export function describeRefusal(
  status: number,
  body: string,
  secrets: readonly string[] = [],
): { detail: string; cause?: unknown } {
  const parsed = parseObject(body);
  if (parsed === undefined) return { detail: `HTTP ${status}, and the answer is not JSON` };
  if (carriesSecrets(body, secrets)) return { detail: `HTTP ${status}` };
  const { error } = parsed;
  const api = isRecord(error) ? [error["status"], error["message"]] : [];
  const said = [error, parsed["error_subtype"], parsed["error_description"], ...api].flatMap(quotable).join(": ");
  return { detail: `HTTP ${status}${said && ` ${said}`}`, cause: parsed };
}

/**
 * The error of a callback with `?error=` (RFC 6749 section 4.1.2.1).
 * @param error - the parameter as it came
 * @param subtype - `error_subtype`, Google's own refinement
 */
export function authorizationError(
  error: string,
  description: string | undefined,
  subtype: string | undefined,
): AuthError {
  // With `prompt=none`, Google reports a denial in this form.
  const denied = error === "interaction_required" && subtype === "access_denied";
  const code = denied ? "access_denied" : (AUTHORIZE_CODES.get(error) ?? "invalid_request");
  const said = [error, subtype, description].flatMap(quotable).join(": ");
  return new AuthError(code, said === "" ? {} : { detail: said });
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
    return demandsFreshSignIn(parsed) ? "reauthentication_required" : "reconnect_required";
  }
  const known = typeof error === "string" ? TOKEN_CODES.get(error) : undefined;
  if (known !== undefined) return known;
  // Google answers 401 "Unauthorized" to a wrong secret; a page with that status is a proxy's.
  return status === 401 && !body.trimStart().startsWith("<") ? "invalid_client" : "invalid_response";
}

/**
 * Google Cloud session control: the grant lives on, but the user must prove who they are first.
 * Some answers have the subtype, some only name it in the description. `rapt_required` is known from Google's libraries. [?]
 */
function demandsFreshSignIn(body: Record<string, unknown> | undefined): boolean {
  return [body?.["error_subtype"], body?.["error_description"]].some(
    (text) => typeof text === "string" && /\b(invalid_rapt|rapt_required)\b/.test(text),
  );
}

/**
 * Whether the answer repeats a secret, or a field of it looks like a credential, at any depth. Errors have none; a
 * confused server might. Texts are looked at as they were meant too: `\u003d` for the end of base64 hides nothing.
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
    // Nested deeper than can be looked into.
    return true;
  }
  return found;
}

/** Whether a text contains a secret, as it is or as it stands in a form. Anything shorter than any real secret is taken for chance. */
function repeats(text: string, secret: string): boolean {
  return (
    secret.length >= 8 &&
    (text.includes(secret) || text.includes(new URLSearchParams([[secret, ""]]).toString().slice(0, -1)))
  );
}
