import { AuthError } from "../errors/auth-error.ts";
import { callStore } from "../store/call-store.ts";
import type { VersionedGrant } from "../store/grant.ts";
import type { GrantKey } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";

/**
 * Reads a grant that is about to be replaced or deleted. A grant that cannot be decrypted is deleted, but not one that
 * another request has stored in its place meanwhile.
 * @throws AuthError `store_unavailable`
 */
export async function readOrDelete(vault: GrantVault, key: GrantKey): Promise<VersionedGrant | undefined> {
  try {
    return await vault.get(key);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
  const stored = await callStore(() => vault.store.get(key));
  try {
    // The version was read first, so it belongs to the grant that cannot be decrypted, or to an older one.
    return await vault.get(key);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    if (stored !== undefined) await vault.delete(key, stored.version);
    return undefined;
  }
}

function isUnreadable(error: unknown): boolean {
  return error instanceof AuthError && error.code === "unreadable_grant";
}
