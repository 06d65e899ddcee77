import type { SessionHandle } from "../http/session-handle.ts";
import { BoundedMap } from "../util/bounded-map.ts";
import { KeyedLock } from "../util/keyed-lock.ts";
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
    const stored = (): readonly Kept[] => {
      const value = session.get(sessionKey);
      return Array.isArray(value) ? (value as Kept[]) : [];
    };
    const keep = (grants: readonly Kept[]): void => {
      if (grants.length > 0) session.set(sessionKey, grants);
      else session.delete(sessionKey);
    };

    const get = (key: GrantKey): StoredGrant | undefined => {
      const mine = stored().find((kept) => isAt(kept, key));
      if (mine === undefined) return undefined;
      const seen = newest.get(versionKey(key, mine.grant));
      if (seen === undefined || seen.version <= mine.grant.version) return mine.grant;
      // A slow request brought it back: put right here, and so in the session, before it is forgotten who was newer.
      keep(
        stored().flatMap((kept) => (kept !== mine ? kept : seen.grant === undefined ? [] : keptAt(key, seen.grant))),
      );
      return seen.grant;
    };

    return {
      capabilities: { durable: session.capabilities.storage === "cookie", shared: false },
      get,
      async put(key, grant, { ifVersion } = {}) {
        if (ifVersion !== undefined && ifVersion !== (get(key)?.version ?? 0)) return false;
        newest.set(versionKey(key, grant), { version: grant.version, grant });
        const before = stored();
        keep([keptAt(key, grant), ...before.filter((kept) => !isAt(kept, key))]);
        try {
          // At once: the response may be long in coming, or its head may have left.
          await session.save();
        } catch (error) {
          // A cookie that has grown too big must not be sent; the error can be, then.
          if (session.capabilities.storage === "cookie") keep(before);
          throw error;
        }
        return true;
      },
      delete(key, { ifVersion } = {}) {
        const present = get(key);
        if (present === undefined) return true;
        if (ifVersion !== undefined && present.version !== ifVersion) return false;
        newest.set(versionKey(key, present), { version: DELETED });
        keep(stored().filter((kept) => !isAt(kept, key)));
        return true;
      },
      list: (client, owner) =>
        stored()
          .filter((kept) => kept.owner === owner)
          .map(({ account }) => ({ client, owner, account }))
          .filter((key) => get(key) !== undefined),
      exclusively: (key, work) =>
        lock.run(get(key)?.id ?? JSON.stringify([key.owner, key.account]), () =>
          work({ fence: ++fences, signal: new AbortController().signal }),
        ),
    };
  };
  return { kind: "session", bind };
}

/**
 * One grant of a session; the latest written stands first. Its client is not named: the session key tells instances
 * apart, and with them their clients.
 */
interface Kept {
  readonly account: string;
  readonly owner: string;
  readonly grant: StoredGrant;
}

function keptAt({ owner, account }: GrantKey, grant: StoredGrant): Kept {
  return { account, owner, grant };
}

/**
 * A grant's name in this process. Its ID alone would not do: that is what a session says, and whoever can write into
 * their own could end another user's grant by it.
 */
function versionKey({ client, owner, account }: GrantKey, { id }: StoredGrant): string {
  return JSON.stringify([client, owner, account, id]);
}

function isAt({ account, owner }: Kept, key: GrantKey): boolean {
  return account === key.account && owner === key.owner;
}
