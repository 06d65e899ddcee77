import type { EmulatorClient } from "../directory.ts";
import type { Google } from "../google.ts";
import { type Exchange, isForm } from "../http/exchange.ts";
import { Refusal, refuseRepeated } from "../refusal.ts";
import { isScope, requestedScopes, splitScopes } from "../scopes.ts";

export type Prompt = "none" | "consent" | "select_account";

/** An authorization request that Google would act on. */
export interface AuthorizationRequest {
  readonly client: EmulatorClient;
  readonly redirectUri: string;
  readonly state: string | undefined;
  /** As the client wrote them. */
  readonly asked: readonly string[];
  /** In Google's long form. */
  readonly scopes: ReadonlySet<string>;
  readonly accessType: "online" | "offline";
  readonly prompt: ReadonlySet<Prompt>;
  readonly includeGrantedScopes: boolean;
  readonly loginHint: string | undefined;
  readonly hostedDomain: string | undefined;
  readonly nonce: string | undefined;
  readonly challenge: { readonly value: string; readonly method: "S256" | "plain" } | undefined;
}

/**
 * Reads and checks an authorization request.
 *
 * Whatever is wrong with it is thrown as a {@link Refusal} and shown on a page: Google redirects
 * back to the client only with what the user or `prompt=none` decided, never with the client's own
 * mistakes.
 */
export function readAuthorizationRequest(google: Google, exchange: Exchange): AuthorizationRequest {
  refuseEmbeddedBrowser(exchange);
  const parameters = isForm(exchange) ? exchange.form : exchange.query;
  refuseRepeated(parameters);
  const client = readClient(google, parameters);
  const redirectUri = readRedirectUri(client, parameters);
  readResponseType(parameters);
  const asked = readScopes(parameters);
  return {
    client,
    redirectUri,
    state: parameters.get("state") ?? undefined,
    asked,
    scopes: requestedScopes(asked),
    accessType: readChoice(parameters, "access_type", ["online", "offline"]),
    prompt: readPrompt(parameters),
    includeGrantedScopes: readChoice(parameters, "include_granted_scopes", ["false", "true"]) === "true",
    loginHint: parameters.get("login_hint") || undefined,
    hostedDomain: parameters.get("hd") || undefined,
    nonce: parameters.get("nonce") ?? undefined,
    challenge: readChallenge(parameters),
  };
}

function required(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name);
  if (!value) throw new Refusal(400, "invalid_request", `Missing required parameter: ${name}`);
  return value;
}

/** The first of the values is the default. */
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

function invalidValue(name: string, value: string): Refusal {
  return new Refusal(400, "invalid_request", `Invalid parameter value for ${name}: ${value}`);
}

/** Google refuses web views inside apps, by their user agent: Android's `wv`, iOS's missing `Safari`. */
function refuseEmbeddedBrowser({ headers }: Exchange): void {
  const agent = headers["user-agent"] ?? "";
  const android = /Android.*; wv\)/.test(agent);
  const apple = /\((?:iPhone|iPad|iPod).*AppleWebKit/.test(agent) && !agent.includes("Safari/");
  if (android || apple) {
    throw new Refusal(
      403,
      "disallowed_useragent",
      "Sign-in is not allowed in an embedded browser. Open it in the system browser.",
    );
  }
}

function readClient(google: Google, parameters: URLSearchParams): EmulatorClient {
  const client = google.directory.client(required(parameters, "client_id"));
  if (!client) throw new Refusal(401, "invalid_client", "The OAuth client was not found.");
  refuseInactive(client);
  return client;
}

/** Shared with the token endpoint, which answers with the same two errors. */
export function refuseInactive({ status }: EmulatorClient): void {
  if (status === "deleted" || status === "disabled") {
    throw new Refusal(401, `${status}_client`, `The OAuth client was ${status}.`);
  }
}

function readRedirectUri(client: EmulatorClient, parameters: URLSearchParams): string {
  const uri = required(parameters, "redirect_uri");
  if (!client.redirectUris.includes(uri)) {
    const registered = client.redirectUris.join(" , ") || "none";
    throw new Refusal(
      400,
      "redirect_uri_mismatch",
      `The request's redirect_uri is ${uri} , which is not registered for this client exactly so. Registered: ${registered}`,
    );
  }
  return uri;
}

/** Google also answers `token` and `id_token` requests; this emulator is for web servers. */
function readResponseType(parameters: URLSearchParams): void {
  const type = parameters.get("response_type");
  if (!type) throw new Refusal(400, "invalid_request", "Required parameter is missing: response_type");
  if (type !== "code") throw new Refusal(400, "unsupported_response_type", `Invalid response_type: ${type}`);
  readChoice(parameters, "response_mode", ["query"]);
}

function readScopes(parameters: URLSearchParams): string[] {
  const asked = splitScopes(required(parameters, "scope"));
  const invalid = asked.filter((scope) => !isScope(scope));
  if (asked.length === 0) throw new Refusal(400, "invalid_request", "Missing required parameter: scope");
  if (invalid.length > 0) {
    throw new Refusal(400, "invalid_scope", `Some requested scopes were invalid. {invalid=[${invalid.join(", ")}]}`);
  }
  return asked;
}

function readPrompt(parameters: URLSearchParams): Set<Prompt> {
  const known: readonly string[] = ["none", "consent", "select_account"] satisfies Prompt[];
  const text = parameters.get("prompt") ?? "";
  const prompt = new Set(text.split(" ").filter((value) => value !== ""));
  const alone = !prompt.has("none") || prompt.size === 1;
  if (!alone || [...prompt].some((value) => !known.includes(value))) throw invalidValue("prompt", text);
  return prompt as Set<Prompt>;
}

/** RFC 7636: a challenge without a method is `plain`; an S256 challenge is 32 bytes of base64url. */
function readChallenge(parameters: URLSearchParams): AuthorizationRequest["challenge"] {
  const method = readChoice(parameters, "code_challenge_method", ["plain", "S256"]);
  const value = parameters.get("code_challenge");
  if (value === null) {
    if (!parameters.has("code_challenge_method")) return undefined;
    throw new Refusal(400, "invalid_request", "Missing required parameter: code_challenge");
  }
  const wellFormed = method === "S256" ? /^[\w-]{43}$/ : /^[\w.~-]{43,128}$/;
  if (!wellFormed.test(value)) throw invalidValue("code_challenge", value);
  return { value, method };
}
