import { createHash } from "node:crypto";
import { type EmulatorClient, projectOf } from "../directory.ts";
import type { Google } from "../google.ts";
import type { AuthorizationCode } from "../grants.ts";
import { type Answer, type Exchange, isForm, json } from "../http/exchange.ts";
import { Refusal, refuseRepeated } from "../refusal.ts";
import { canonicalScope, formatScopes, signInScopes, splitScopes } from "../scopes.ts";
import { exchangeAssertion, jwtBearer } from "../service/assertion.ts";
import { authenticateClient } from "./client-authentication.ts";
import { idTokenClaims } from "./id-token.ts";

/** While the consent screen is in "Testing", anything beyond sign-in ends after seven days. */
const testingLifetime = 7 * 24 * 3600;

/** `POST /token`, form-encoded (RFC 6749 section 4.1.3). */
export function token(google: Google, exchange: Exchange): Answer {
  if (!isForm(exchange)) {
    throw new Refusal(400, "invalid_request", "The body must be application/x-www-form-urlencoded.");
  }
  const { form } = exchange;
  refuseRepeated(form);
  const grantType = form.get("grant_type");
  if (!grantType) throw missing("grant_type");
  // An assertion is its own proof of who sends it: no client authenticates.
  if (grantType === jwtBearer) return json(200, exchangeAssertion(google, form));
  const exchangeGrant = { authorization_code: exchangeCode, refresh_token: refresh }[grantType];
  if (!exchangeGrant) {
    throw new Refusal(400, "unsupported_grant_type", `Invalid grant_type: ${grantType}`);
  }
  return json(200, exchangeGrant(google, authenticateClient(google, exchange), form));
}

function missing(name: string): Refusal {
  return new Refusal(400, "invalid_request", `Missing required parameter: ${name}`);
}

function invalidGrant(description: string, extra?: Record<string, string>): Refusal {
  return new Refusal(400, "invalid_grant", description, extra);
}

function exchangeCode(google: Google, client: EmulatorClient, form: URLSearchParams): object {
  const given = form.get("code");
  if (!given) throw missing("code");
  if (!given.startsWith("4/")) throw invalidGrant("Malformed auth code.");
  const code = google.grants.takeCode(given);
  // Unconfirmed: Google's answer to a code of another client, and whether a failed attempt spends it.
  if (!code || code.client.clientId !== client.clientId) throw invalidGrant("Bad Request");
  if (form.get("redirect_uri") !== code.redirectUri) {
    throw new Refusal(400, "redirect_uri_mismatch", "Bad Request");
  }
  checkVerifier(code, form.get("code_verifier"));
  const limit = lifetimeLimit(code);
  return {
    ...tokensFor(google, client, code, code.nonce),
    ...(code.withRefreshToken && {
      refresh_token: google.grants.issueRefreshToken(code, limit),
      ...(limit !== undefined && { refresh_token_expires_in: limit }),
    }),
  };
}

/** RFC 7636 section 4.6, and Google's own rule that a verifier nobody announced is an error too. */
function checkVerifier({ challenge }: AuthorizationCode, verifier: string | null): void {
  if (!challenge) {
    if (verifier !== null) throw invalidGrant("code_verifier or verifier is not needed.");
    return;
  }
  if (!verifier) throw invalidGrant("Missing code verifier.");
  const computed = challenge.method === "S256" ? createHash("sha256").update(verifier).digest("base64url") : verifier;
  if (!/^[\w.~-]{43,128}$/.test(verifier) || computed !== challenge.value) {
    throw invalidGrant("Invalid code verifier.");
  }
}

function lifetimeLimit({ client, scopes }: AuthorizationCode): number | undefined {
  const signInOnly = scopes.isSubsetOf(signInScopes);
  return client.publishingStatus === "testing" && !signInOnly ? testingLifetime : undefined;
}

function refresh(google: Google, client: EmulatorClient, form: URLSearchParams): object {
  const given = form.get("refresh_token");
  if (!given) throw missing("refresh_token");
  if (!given.startsWith("1//")) throw invalidGrant("Bad Request");
  const held = google.grants.refreshToken(given);
  if (!held) throw invalidGrant("Token has been expired or revoked.");
  if (held.clientId !== client.clientId) {
    throw new Refusal(401, "unauthorized_client", "Unauthorized");
  }
  if (google.grants.needsReauth(held.sub)) {
    throw invalidGrant("reauth related error (invalid_rapt)", {
      error_uri: "https://support.google.com/a/answer/9368756",
      error_subtype: "invalid_rapt",
    });
  }
  const scopes = narrowedScopes(held.scopes, form.get("scope"));
  held.lastUsedAt = google.clock.now();
  const { sub, endsAt } = held;
  return {
    ...tokensFor(google, client, { sub, scopes, accessType: "offline" }, undefined),
    ...(endsAt !== undefined && {
      refresh_token_expires_in: Math.floor((endsAt - google.clock.now()) / 1000),
    }),
  };
}

/** A refresh may ask for less than was granted, never for more (RFC 6749 section 6). */
function narrowedScopes(granted: ReadonlySet<string>, asked: string | null): ReadonlySet<string> {
  if (!asked) return granted;
  const scopes = new Set(splitScopes(asked).map(canonicalScope));
  const foreign = [...scopes.difference(granted)];
  if (foreign.length > 0) {
    throw new Refusal(400, "invalid_scope", `Some requested scopes were invalid. {invalid=[${foreign.join(", ")}]}`);
  }
  return scopes;
}

function tokensFor(
  google: Google,
  client: EmulatorClient,
  of: Pick<AuthorizationCode, "sub" | "scopes" | "accessType">,
  nonce: string | undefined,
): object {
  const user = google.directory.user(of.sub);
  if (!user) throw invalidGrant("Account has been deleted");
  const lifetime = google.settings.accessTokenLifetime;
  const credential = { ...of, clientId: client.clientId, projectId: projectOf(client) };
  const accessToken = google.grants.issueAccessToken(credential, lifetime);
  const claims = idTokenClaims(google, { client, user, scopes: of.scopes, nonce, accessToken });
  return {
    access_token: accessToken,
    expires_in: lifetime,
    scope: formatScopes(of.scopes),
    token_type: "Bearer",
    ...(of.scopes.has("openid") && { id_token: google.keys.sign(claims) }),
  };
}
