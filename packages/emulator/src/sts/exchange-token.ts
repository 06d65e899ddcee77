import { type Exchange, isForm } from "../http/exchange.ts";
import { type HttpResponse, json } from "../http/responses.ts";
import { isProviderName, principalName } from "../options/workload-provider.ts";
import { OAuthError, rejectRepeatedParameters } from "../protocol/oauth-error.ts";
import { canonicalScope, isScope, splitScopes } from "../protocol/scopes.ts";
import type { Google } from "../state/google.ts";
import { principalOf } from "../state/principal.ts";
import { readAccessBoundary } from "./access-boundary.ts";
import { subjectOf, tokenTypes } from "./subject-token.ts";

const tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";

/** `POST /v1/token` of the Security Token Service (RFC 8693). The body is a form, or JSON, which Google accepts too. */
export function exchangeToken(google: Google, exchange: Exchange): HttpResponse {
  const parameters = readParameters(exchange);
  rejectRepeatedParameters(parameters);
  if (parameters.get("grant_type") !== tokenExchange) throw invalidValue("grant_type", `It must be ${tokenExchange}.`);
  if (parameters.get("requested_token_type") !== tokenTypes.accessToken) {
    throw invalidValue("requested_token_type", `It must be ${tokenTypes.accessToken}.`);
  }
  const subjectToken = parameters.get("subject_token");
  if (!subjectToken) throw invalidValue("subject_token", "It must not be empty.");
  const type = parameters.get("subject_token_type") ?? "";
  const options = readOptions(parameters.get("options"));
  if (type === tokenTypes.accessToken) return json(200, downscope(google, subjectToken, options));
  if (!Object.values<string>(tokenTypes).includes(type)) {
    throw invalidValue("subject_token_type", "It must be a type that the provider supports.");
  }
  return json(200, federate(google, parameters, type, subjectToken));
}

function federate(google: Google, parameters: URLSearchParams, type: string, subjectToken: string): object {
  const audience = parameters.get("audience") ?? "";
  if (!isProviderName(audience)) {
    const list = "https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token";
    const reason = `This value should be the full resource name of the Identity Provider. See ${list} for the list of possible formats.`;
    throw invalidValue("audience", reason);
  }
  const provider = google.settings.workloadProviders.find((known) => known.audience === audience);
  if (!provider) {
    const cause =
      "This might either be because the pool or provider is disabled or deleted or because it doesn't exist.";
    throw new OAuthError(
      400,
      "invalid_target",
      `The target service indicated by the "audience" parameters is invalid. ${cause}`,
    );
  }
  const scopes = splitScopes(parameters.get("scope") ?? "");
  if (scopes.length === 0 || !scopes.every(isScope)) {
    throw new OAuthError(400, "invalid_scope", "The scope must be a list of OAuth 2.0 scopes, delimited by spaces.");
  }
  const lifetime = google.settings.accessTokenLifetime;
  const token = google.grants.issueAccessToken(
    {
      clientId: audience,
      projectId: audience.split("/")[4]!,
      sub: principalName(provider, subjectOf(google, provider, type, subjectToken)),
      scopes: new Set(scopes.map(canonicalScope)),
      accessType: "online",
    },
    lifetime,
  );
  return tokenResponse(token, lifetime);
}

/** Exchanges an access token for one that a Credential Access Boundary limits. */
function downscope(google: Google, subjectToken: string, options: unknown): object {
  const held = google.grants.accessToken(subjectToken);
  // Unconfirmed: Google's text, and whether a downscoped token can be downscoped again.
  if (!held || held.boundary || !principalOf(google, held)) {
    throw new OAuthError(400, "invalid_grant", "The access token is invalid or expired.");
  }
  const boundary = readAccessBoundary(options);
  const secondsLeft = Math.floor((held.expiresAt - google.clock.now()) / 1000);
  const token = google.grants.issueAccessToken({ ...held, boundary }, secondsLeft);
  // Google returns the lifetime for tokens of service accounts only. A user's token keeps its expiry.
  return tokenResponse(token, held.serviceAccount === undefined ? undefined : secondsLeft);
}

function tokenResponse(token: string, lifetime: number | undefined): object {
  return {
    access_token: token,
    issued_token_type: tokenTypes.accessToken,
    token_type: "Bearer",
    ...(lifetime !== undefined && { expires_in: lifetime }),
  };
}

/** In JSON, the names of the parameters are in camel case. */
function readParameters(exchange: Exchange): URLSearchParams {
  if (isForm(exchange)) return exchange.form;
  try {
    const body: unknown = JSON.parse(exchange.body);
    if (typeof body === "object" && body !== null) {
      const snakeCase = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return new URLSearchParams(Object.entries(body).map(([name, value]) => [snakeCase(name), String(value)]));
    }
  } catch {
    // The error below covers invalid JSON too.
  }
  throw new OAuthError(400, "invalid_request", "The body must be form-encoded or JSON.");
}

function readOptions(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    // Percent-encoded according to the API's reference, but not encoded by Google's own clients.
    return JSON.parse(text.startsWith("{") ? text : decodeURIComponent(text));
  } catch {
    throw invalidValue("options", "It must be a JSON object.");
  }
}

function invalidValue(name: string, reason: string): OAuthError {
  return new OAuthError(400, "invalid_request", `Invalid value for "${name}". ${reason}`);
}
