import { type Exchange, isForm } from "../http/exchange.ts";
import type { EmulatorClient } from "../options/client.ts";
import { OAuthError, rejectRepeatedParameters, requireParameter } from "../protocol/oauth-error.ts";
import { isScope, requestedScopes, splitScopes } from "../protocol/scopes.ts";
import type { AuthorizationRequest, CodeChallenge, Prompt } from "../state/authorization-request.ts";
import type { Google } from "../state/google.ts";
import { findClient } from "./find-client.ts";

/**
 * Reads and checks an authorization request.
 *
 * @throws {@link OAuthError} for a mistake of the client. The caller shows it on a page: Google redirects back to the
 * client only with the user's decision or the result of `prompt=none`.
 */
export function readAuthorizationRequest(google: Google, exchange: Exchange): AuthorizationRequest {
  rejectEmbeddedBrowser(exchange);
  const parameters = isForm(exchange) ? exchange.form : exchange.query;
  rejectRepeatedParameters(parameters);
  const client = findClient(google, requireParameter(parameters, "client_id"));
  const redirectUri = readRedirectUri(client, parameters);
  readResponseType(parameters);
  const scopesAsWritten = readScopes(parameters);
  return {
    client,
    redirectUri,
    state: parameters.get("state") ?? undefined,
    scopesAsWritten,
    scopes: requestedScopes(scopesAsWritten),
    accessType: readChoice(parameters, "access_type", ["online", "offline"]),
    prompt: readPrompt(parameters),
    includeGrantedScopes: readChoice(parameters, "include_granted_scopes", ["false", "true"]) === "true",
    loginHint: parameters.get("login_hint") || undefined,
    hostedDomain: parameters.get("hd") || undefined,
    nonce: parameters.get("nonce") ?? undefined,
    challenge: readChallenge(parameters),
  };
}

/** The first value is the default. */
function readChoice<const Value extends string>(
  parameters: URLSearchParams,
  name: string,
  values: readonly [Value, ...Value[]],
): Value {
  const value = parameters.get(name);
  if (value === null) return values[0];
  const found = values.find((known) => known === value);
  if (found === undefined) throw invalidValue(name, value);
  return found;
}

function invalidValue(name: string, value: string): OAuthError {
  return new OAuthError(400, "invalid_request", `Invalid parameter value for ${name}: ${value}`);
}

/** Google rejects web views by their user agent: on Android it contains `wv`, on iOS it lacks `Safari`. */
function rejectEmbeddedBrowser({ headers }: Exchange): void {
  const agent = headers["user-agent"] ?? "";
  const android = /Android.*; wv\)/.test(agent);
  const apple = /\((?:iPhone|iPad|iPod).*AppleWebKit/.test(agent) && !agent.includes("Safari/");
  if (android || apple) {
    throw new OAuthError(
      403,
      "disallowed_useragent",
      "Google does not allow sign-in in an embedded browser. Open the link in the system browser.",
    );
  }
}

function readRedirectUri(client: EmulatorClient, parameters: URLSearchParams): string {
  const uri = requireParameter(parameters, "redirect_uri");
  if (!client.redirectUris.includes(uri)) {
    const registered = client.redirectUris.map((registeredUri) => `"${registeredUri}"`).join(", ") || "none";
    throw new OAuthError(
      400,
      "redirect_uri_mismatch",
      `The redirect_uri "${uri}" of the request is not registered for this client. Registered: ${registered}`,
    );
  }
  return uri;
}

/** Google also supports the response types `token` and `id_token`. The emulator is for web servers and does not. */
function readResponseType(parameters: URLSearchParams): void {
  const type = parameters.get("response_type");
  if (!type) throw new OAuthError(400, "invalid_request", "Required parameter is missing: response_type");
  if (type !== "code") throw new OAuthError(400, "unsupported_response_type", `Invalid response_type: ${type}`);
  readChoice(parameters, "response_mode", ["query"]);
}

function readScopes(parameters: URLSearchParams): string[] {
  const scopes = splitScopes(requireParameter(parameters, "scope"));
  const invalid = scopes.filter((scope) => !isScope(scope));
  if (scopes.length === 0) throw new OAuthError(400, "invalid_request", "Missing required parameter: scope");
  if (invalid.length > 0) {
    throw new OAuthError(400, "invalid_scope", `Some requested scopes were invalid. {invalid=[${invalid.join(", ")}]}`);
  }
  return scopes;
}

function readPrompt(parameters: URLSearchParams): Set<Prompt> {
  const known: readonly string[] = ["none", "consent", "select_account"] satisfies Prompt[];
  const text = parameters.get("prompt") ?? "";
  const prompt = new Set(text.split(" ").filter((value) => value !== ""));
  const alone = !prompt.has("none") || prompt.size === 1;
  if (!alone || [...prompt].some((value) => !known.includes(value))) throw invalidValue("prompt", text);
  return prompt as Set<Prompt>;
}

/** A challenge without a method is `plain`. An `S256` challenge is 32 bytes in base64url (RFC 7636 section 4). */
function readChallenge(parameters: URLSearchParams): CodeChallenge | undefined {
  const method = readChoice(parameters, "code_challenge_method", ["plain", "S256"]);
  const value = parameters.get("code_challenge");
  if (value === null) {
    if (!parameters.has("code_challenge_method")) return undefined;
    throw new OAuthError(400, "invalid_request", "Missing required parameter: code_challenge");
  }
  const wellFormed = method === "S256" ? /^[\w-]{43}$/ : /^[\w.~-]{43,128}$/;
  if (!wellFormed.test(value)) throw invalidValue("code_challenge", value);
  return { value, method };
}
