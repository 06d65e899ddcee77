import { AuthError, toAuthError } from "../errors/auth-error.ts";
import type { VersionedGrant } from "../store/grant.ts";
import type { GrantKey } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";
import { observe } from "../util/diagnostics.ts";
import type { FlowContext } from "./context.ts";

/**
 * Deletes a grant here and revokes it at Google. It is deleted here even if Google fails. Google gets the refresh token
 * if there is one: revoking it also ends the access token, and all that the user granted to this project (Google,
 * "Using OAuth 2.0 for Web Server Applications", "Revoking a token").
 * @throws AuthError `revocation_incomplete` if the grant is deleted here, but Google could not be told;
 *   `store_unavailable` if it could not be deleted. Google was told then if the grant could be read.
 */
export async function revokeGrant(context: FlowContext, vault: GrantVault, key: GrantKey): Promise<void> {
  const found = await readGrant(vault, key);
  try {
    await vault.delete(key);
  } catch (error) {
    // The store can read but not delete. After the revocation, the stored grant is useless.
    if (found !== undefined) await revokeAtGoogle(context, key, found).catch(() => undefined);
    throw error;
  }
  if (found !== undefined) await revokeAtGoogle(context, key, found);
}

async function revokeAtGoogle(context: FlowContext, key: GrantKey, { grant }: VersionedGrant): Promise<void> {
  const { refreshToken, accessToken } = grant;
  try {
    await observe("revoke", context.options.name, () => context.tokens.revoke({ token: refreshToken ?? accessToken }));
  } catch (thrown) {
    const error = new AuthError("revocation_incomplete", { cause: toAuthError(thrown, "temporarily_unavailable") });
    await context.notify.failed(error, undefined, key);
    throw error;
  }
}

/** A grant that cannot be decrypted cannot be revoked at Google, but it can be deleted. */
async function readGrant(vault: GrantVault, key: GrantKey): Promise<VersionedGrant | undefined> {
  try {
    return await vault.get(key);
  } catch (error) {
    if (error instanceof AuthError && error.code === "unreadable_grant") return undefined;
    throw error;
  }
}
