import { AuthError } from "../errors/auth-error.ts";
import type { FlowContext } from "../flow/context.ts";
import type { GrantKey, OwnerId } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";
import { Account } from "./account.ts";
import type { AccountAccess } from "./account.ts";

/**
 * The account at a key.
 * @throws AuthError `reconnect_required` if the store has no grant for it
 */
export async function openAccount(
  context: FlowContext,
  vault: GrantVault,
  key: GrantKey,
  access?: AccountAccess,
): Promise<Account> {
  const found = await vault.get(key);
  if (found === undefined || (await access?.isInForce(found.grant)) === false) {
    const error = new AuthError("reconnect_required", { detail: "the store has no grant for this account" });
    throw access?.withAuthorizeUrl(error, { user: { sub: key.account }, scopes: new Set() }) ?? error;
  }
  return new Account(context, vault, key, found.grant, access);
}

/** All accounts of an owner, the latest first. */
export async function listAccounts(
  context: FlowContext,
  vault: GrantVault,
  owner: OwnerId,
  access?: AccountAccess,
): Promise<Account[]> {
  const keys = await vault.list(context.options.client.clientId, owner);
  const accounts = keys.map(async (key) => {
    const found = await vault.get(key);
    if (found === undefined || (await access?.isInForce(found.grant)) === false) return undefined;
    return new Account(context, vault, key, found.grant, access);
  });
  return (await Promise.all(accounts)).filter((account) => account !== undefined);
}
