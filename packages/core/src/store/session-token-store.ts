import type { SessionHandle } from "../http/session-handle.ts";
import { BoundedMap } from "../util/bounded-map.ts";
import { KeyedLock } from "../util/keyed-lock.ts";
import type { BoundTokenStore, GrantKey, OwnerId, SessionBoundStore, StoredGrant } from "./types.ts";

/** For how long, and for how many grants, the newest version is remembered: longer than a slow request takes. */
const MEMORY_MS = 10 * 60_000;
const MEMORY_SIZE = 5_000;

/** The version of a deleted grant. It is newer than any version that an old copy of the session can contain. */
const DELETED = Number.POSITIVE_INFINITY;

/**
 * Creates the session token store, which keeps grants encrypted in each user's session. It is the default of the option
 * `store`: it needs no setup, and a grant ends with its session.
 *
 * Methods that work without a request (`google.forUser()`, `google.signOutEverywhere()`, `google.reseal()`) need another
 * store, and throw a `TypeError` with this one.
 *
 * Session middleware writes a session as a whole, and the last request to end wins. So a slow request can bring back a
 * grant that a faster one has replaced or deleted. This store remembers the newest version of 5,000 grants for ten
 * minutes, and corrects the session, but only within one process. An app with several processes needs a store that they
 * share, such as `redisTokenStore()`, to be safe from that.
 *
 * @example
 * ```ts
 * import { googleOAuth, memoryTokenStore, sessionTokenStore } from "@scopegate/express";
 *
 * const isTest = process.env["NODE_ENV"] === "test";
 * app.use(googleOAuth({ store: isTest ? memoryTokenStore() : sessionTokenStore() }));
 * ```
 */
export function sessionTokenStore(): SessionBoundStore {
  const newest = new BoundedMap<{ readonly version: number; readonly grant?: StoredGrant }>(
    MEMORY_SIZE,
    MEMORY_MS,
    () => Date.now(),
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
      // A slow request brought the old version back. Correct the session while the newest version is still remembered.
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
          // Save now: the response may take long, or its headers may be sent already.
          await session.save();
        } catch (error) {
          // A cookie that is too large must not be sent. Without it, the response with the error can be.
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
 * One grant in a session, whose grants are sorted by their last write, the latest first. The client is not stored, since
 * each instance of `googleOAuth()`, and so each client, has its own session key.
 */
interface Kept {
  readonly account: string;
  readonly owner: OwnerId;
  readonly grant: StoredGrant;
}

function keptAt({ owner, account }: GrantKey, grant: StoredGrant): Kept {
  return { account, owner, grant };
}

/**
 * The key under which the newest version of a grant is remembered. The grant's ID alone is not enough: it comes from the
 * session, and a user who can write into their own session could end another user's grant with it.
 */
function versionKey({ client, owner, account }: GrantKey, { id }: StoredGrant): string {
  return JSON.stringify([client, owner, account, id]);
}

function isAt({ account, owner }: Kept, key: GrantKey): boolean {
  return account === key.account && owner === key.owner;
}
