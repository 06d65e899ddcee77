import type { RequestView } from "../http/request-view.ts";
import type { FlowContext } from "./context.ts";
import { ownerOf } from "./owner.ts";
import type { SignIn } from "./sign-in.ts";

/**
 * Moves the grants that a session holds into the shared store: an app that changes from the session store to another
 * keeps its users' grants. A grant that the store has already stays; then only the session's copy goes.
 *
 * @returns `undefined`, at once, where the session holds none
 */
export function adoptSessionGrants(
  context: FlowContext,
  request: RequestView,
  { owner, user }: SignIn,
): Promise<void> | undefined {
  const inSession = context.sessionVaultOf(request);
  const keys = inSession.list(context.options.client.clientId, ownerOf(owner, user.sub));
  if (!(keys instanceof Promise) && keys.length === 0) return undefined;
  return (async () => {
    // The latest last, so that it is the latest in the store too.
    for (const key of (await keys).toReversed()) {
      const found = await inSession.get(key);
      if (found !== undefined) await context.vaultOf(request).put(key, found.grant, 0);
      await inSession.delete(key);
    }
  })();
}
