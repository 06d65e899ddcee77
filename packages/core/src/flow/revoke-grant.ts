import { AuthError, toAuthError } from "../errors/auth-error.ts";
import type { VersionedGrant } from "../store/grant.ts";
import type { GrantKey } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";
import { observe } from "../util/diagnostics.ts";
import type { FlowContext } from "./context.ts";
import { readOrDelete } from "./read-grant.ts";

/** How often a grant is read again because another request replaced it. */
const MAX_CONFLICTS = 5;

/**
 * Deletes a grant here and revokes it at Google. It is deleted here even if Google fails. Google gets the refresh token
 * if there is one: revoking it also ends the access token, and all that the user granted to this project (Google,
 * "Using OAuth 2.0 for Web Server Applications", "Revoking a token").
 *
 * Only the version that was read is deleted. If the callback of another tab stores a new grant meanwhile, that one is
 * read, deleted and revoked, so that no token is deleted here and lives on at Google.
 * @throws AuthError `revocation_incomplete` if the grant is deleted here, but Google could not be told;
 *   `store_unavailable` if it could not be deleted. Google was told then if the grant could be read.
 */
export async function revokeGrant(context: FlowContext, vault: GrantVault, key: GrantKey): Promise<void> {
  for (let conflicts = 0; ; conflicts++) {
    const found = await readOrDelete(vault, key);
    if (found === undefined) return;
    let isDeleted: boolean;
    try {
      isDeleted = await vault.delete(key, found.version);
      if (!isDeleted && conflicts === MAX_CONFLICTS) {
        throw new AuthError("store_unavailable", { detail: "the grant kept changing while it was revoked" });
      }
    } catch (error) {
      // The store can read but not delete. After the revocation, the stored grant is useless.
      await revokeAtGoogle(context, key, found).catch(() => undefined);
      throw error;
    }
    if (isDeleted) return revokeAtGoogle(context, key, found);
  }
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
