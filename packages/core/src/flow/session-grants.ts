import { ownerIdOf } from "../store/owner-id.ts";
import type { RequestScope } from "./request-scope.ts";
import type { SignIn } from "./sign-in.ts";

/**
 * Moves the grants of a session into the shared store, so that the users of an app keep their grants when the app
 * changes from the session token store to another one. A grant that the store already has is not replaced.
 * @returns whether the session had any
 */
export async function moveSessionGrants(
  { context, request }: RequestScope,
  { userId, user }: SignIn,
): Promise<boolean> {
  const inSession = context.sessionVaultOf(request);
  const keys = await inSession.list(context.options.client.clientId, ownerIdOf({ userId, subject: user.sub }));
  // The latest last, so that it is also the latest in the store.
  for (const key of keys.toReversed()) {
    const found = await inSession.get(key);
    if (found !== undefined) await context.vaultOf(request).put(key, found.grant, 0);
    await inSession.delete(key);
  }
  return keys.length > 0;
}
