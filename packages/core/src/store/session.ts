import { BoundedMap } from "../bounded-map.ts";
import { KeyedLock } from "../keyed-lock.ts";
import type { SessionHandle } from "../session.ts";
import type { BoundTokenStore, GrantKey, SessionBoundStore, StoredGrant } from "./types.ts";

/** How long a slow request may still bring back what a faster one has replaced. */
const MEMORY_MS = 10 * 60_000;
const MEMORY_SIZE = 5_000;

/** A grant that was deleted, however many old copies of its session are still to be saved. */
const DELETED = Number.POSITIVE_INFINITY;

/**
 * Keeps grants in the app's own session, sealed: nothing to set up, and gone with the session. The default.
 *
 * A session is written as a whole by whichever request ends last, so that a slow request can bring back a grant that
 * a faster one has replaced or deleted. Within one process the newest version is remembered for ten minutes and wins;
 * across processes only a store with compare-and-set can promise that.
 *
 * What needs no request (`forUser`, `signOutEverywhere`) is a `TypeError` with this store.
 */
export function sessionTokenStore(): SessionBoundStore {
  const newest = new BoundedMap<{ readonly version: number; readonly grant?: StoredGrant }>(
    MEMORY_SIZE,
    MEMORY_MS,
    Date.now,
  );
  const lock = new KeyedLock();
  let fences = 0;

  const bind = (session: SessionHandle, sessionKey: string): BoundTokenStore => {
    const stored = (): Record<string, StoredGrant> => grantsOf(session.get(sessionKey));

    const get = ({ account }: GrantKey): StoredGrant | undefined => {
      const grants = stored();
      if (!Object.hasOwn(grants, account)) return undefined;
      const mine = grants[account]!;
      const seen = newest.get(mine.id);
      return seen === undefined || seen.version <= mine.version ? mine : seen.grant;
    };

    return {
      capabilities: { durable: session.capabilities.storage === "cookie", shared: false },
      get,
      async put(key, grant, { ifVersion } = {}) {
        if (ifVersion !== undefined && ifVersion !== (get(key)?.version ?? 0)) return false;
        newest.set(grant.id, { version: grant.version, grant });
        session.set(sessionKey, { ...stored(), [key.account]: grant });
        // At once: the response may be long in coming, or its head may have left.
        await session.save();
        return true;
      },
      delete(key, { ifVersion } = {}) {
        const present = get(key);
        if (present === undefined) return true;
        if (ifVersion !== undefined && present.version !== ifVersion) return false;
        newest.set(present.id, { version: DELETED });
        const { [key.account]: _, ...others } = stored();
        if (Object.keys(others).length > 0) session.set(sessionKey, others);
        else session.delete(sessionKey);
        return true;
      },
      list: (client, owner) =>
        Object.keys(stored())
          .map((account) => ({ client, owner, account }))
          .filter((key) => get(key) !== undefined),
      exclusively: (key, work) =>
        lock.run(get(key)?.id ?? key.account, () => work({ fence: ++fences, signal: new AbortController().signal })),
    };
  };
  return { kind: "session", bind };
}

function grantsOf(value: unknown): Record<string, StoredGrant> {
  return typeof value === "object" && value !== null ? (value as Record<string, StoredGrant>) : {};
}
