import { createHash } from "node:crypto";
import type { EmulatorClient } from "../options/client.ts";
import { invalidGrant, OAuthError, requireParameter } from "../protocol/oauth-error.ts";
import { signInScopes } from "../protocol/scopes.ts";
import type { Google } from "../state/google.ts";
import type { AuthorizationCode } from "../state/grants.ts";
import { issueTokens } from "./issue-tokens.ts";

/** In seconds: the lifetime of refresh tokens while the publishing status is "Testing". */
const testingLifetime = 7 * 24 * 3600;

/** `grant_type=authorization_code` (RFC 6749 section 4.1.3). */
export function exchangeCode(google: Google, client: EmulatorClient, form: URLSearchParams): object {
  const codeText = requireParameter(form, "code");
  if (!codeText.startsWith("4/")) throw invalidGrant("Malformed auth code.");
  const code = google.grants.takeCode(codeText);
  // Unconfirmed: Google's response to the code of another client, and whether a failed exchange spends the code.
  if (!code || code.client.clientId !== client.clientId) throw invalidGrant("Bad Request");
  if (form.get("redirect_uri") !== code.redirectUri) {
    throw new OAuthError(400, "redirect_uri_mismatch", "Bad Request");
  }
  checkVerifier(code, form.get("code_verifier"));
  const limit = lifetimeLimit(code);
  return {
    ...issueTokens(google, client, code, code.nonce),
    ...(code.withRefreshToken && {
      refresh_token: google.grants.issueRefreshToken(code, limit),
      ...(limit !== undefined && { refresh_token_expires_in: limit }),
    }),
  };
}

/** RFC 7636 section 4.6. Google also rejects a verifier if the authorization request had no challenge. */
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
