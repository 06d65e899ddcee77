import { AuthError } from "../errors/auth-error.ts";

/** A callback's query once it is known to be of the right shape: an authorization code, or an error. */
export type CallbackQuery =
  | { readonly state: string; readonly code: string }
  | { readonly state: string; readonly error: string; readonly description?: string; readonly subtype?: string };

/** The form of every `state` that Scopegate makes. */
const STATE = /^[A-Za-z0-9_-]{43}$/;
/** Google documents codes of up to 256 bytes. Other servers' codes are longer. */
const MAX_CODE = 4096;
const MAX_QUERY = 16_384;
const ONCE = ["state", "code", "error", "error_description", "error_subtype", "iss"] as const;

/**
 * Reads the callback's query (RFC 6749 sections 4.1.2 and 3.1: no parameter twice; RFC 9207). Unknown parameters are
 * ignored. So is `scope`, because the token response says which scopes were granted.
 * @throws AuthError `invalid_callback`, `issuer_mismatch`
 */
export function parseCallbackQuery(url: string, issuer: string): CallbackQuery {
  const start = url.indexOf("?");
  const query = start === -1 ? "" : url.slice(start + 1);
  if (query.length > MAX_QUERY) throw malformed("the query is too long");
  const parameters = new URLSearchParams(query);
  for (const name of ONCE) {
    if (parameters.getAll(name).length > 1) throw malformed(`the parameter \`${name}\` occurs more than once`);
  }
  const state = parameters.get("state");
  const code = parameters.get("code");
  const error = parameters.get("error");
  const iss = parameters.get("iss");
  if (state === null || !STATE.test(state)) throw malformed("`state` is missing, or Scopegate did not make it");
  if ((code === null) === (error === null)) throw malformed("there must be either `code` or `error`");
  if (iss !== null && iss !== issuer) throw new AuthError("issuer_mismatch");
  if (code !== null) {
    if (code === "" || code.length > MAX_CODE) throw malformed("`code` is empty or too long");
    return { state, code };
  }
  const description = parameters.get("error_description");
  const subtype = parameters.get("error_subtype");
  return {
    state,
    error: error!,
    ...(description !== null && { description }),
    ...(subtype !== null && { subtype }),
  };
}

function malformed(detail: string): AuthError {
  return new AuthError("invalid_callback", { detail });
}
