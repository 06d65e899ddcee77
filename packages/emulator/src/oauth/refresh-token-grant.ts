import type { EmulatorClient } from "../options/client.ts";
import { invalidGrant, OAuthError, requireParameter } from "../protocol/oauth-error.ts";
import { canonicalScope, splitScopes } from "../protocol/scopes.ts";
import type { Google } from "../state/google.ts";
import { issueTokens } from "./issue-tokens.ts";

/** `grant_type=refresh_token` (RFC 6749 section 6). */
export function refresh(google: Google, client: EmulatorClient, form: URLSearchParams): object {
  const refreshToken = requireParameter(form, "refresh_token");
  if (!refreshToken.startsWith("1//")) throw invalidGrant("Bad Request");
  const held = google.grants.refreshToken(refreshToken);
  if (!held) throw invalidGrant("Token has been expired or revoked.");
  if (held.clientId !== client.clientId) {
    throw new OAuthError(401, "unauthorized_client", "Unauthorized");
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
    ...issueTokens(google, client, { sub, scopes, accessType: "offline" }, undefined),
    ...(endsAt !== undefined && {
      refresh_token_expires_in: Math.floor((endsAt - google.clock.now()) / 1000),
    }),
  };
}

/** A refresh may request fewer scopes than were granted, never more (RFC 6749 section 6). */
function narrowedScopes(granted: ReadonlySet<string>, requested: string | null): ReadonlySet<string> {
  if (!requested) return granted;
  const scopes = new Set(splitScopes(requested).map(canonicalScope));
  const foreign = [...scopes.difference(granted)];
  if (foreign.length > 0) {
    throw new OAuthError(400, "invalid_scope", `Some requested scopes were invalid. {invalid=[${foreign.join(", ")}]}`);
  }
  return scopes;
}
