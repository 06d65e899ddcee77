import { type EmulatorClient, projectOf } from "../options/client.ts";
import { invalidGrant } from "../protocol/oauth-error.ts";
import { formatScopes } from "../protocol/scopes.ts";
import type { Google } from "../state/google.ts";
import type { AuthorizationCode } from "../state/grants.ts";
import { idTokenClaims } from "./id-token.ts";

/** Returns the members that both grants have in their response: an access token, and an ID token for `openid`. */
export function issueTokens(
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
