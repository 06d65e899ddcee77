import type { Stamps } from "./lifetime.ts";

/** A session as a store keeps it: plain JSON, never changed in place. The grants in it are sealed. */
export interface SessionRecord extends Stamps {
  readonly content: Readonly<Record<string, unknown>>;
}

/** How a record is written. */
export interface SetRecordOptions {
  /** Milliseconds since the epoch after which nobody will ask for it. */
  readonly expiresAt: number;
  /**
   * `update` writes only where a record is there (`SET … XX`, `UPDATE … WHERE`): a slow request must not bring back
   * a session that has ended meanwhile.
   */
  readonly mode: "create" | "update";
}

/**
 * Where sessions live on the server. Keys are hashes of session ids, so that whoever reads the store can take over no
 * session. Each method may be synchronous. What `get` gives counts only as it was set, its times as numbers.
 */
export interface SessionRecordStore {
  /** Whether `get` never gives a promise: then it is asked only where something wants the session. Default `false`. */
  readonly synchronous?: boolean;
  get(key: string): SessionRecord | undefined | Promise<SessionRecord | undefined>;
  set(key: string, record: SessionRecord, options: SetRecordOptions): unknown;
  delete(key: string): unknown;
}

/**
 * What a store has under a key. Whatever is no record counts as no session: `null`, or times that are text, as databases
 * give large numbers, and that would add up to the far future.
 */
export function readRecord(
  store: SessionRecordStore,
  key: string,
): SessionRecord | undefined | Promise<SessionRecord | undefined> {
  const found: unknown = store.get(key);
  // A promise of any library's, such as a query that runs once it is awaited.
  const isPromise = typeof (found as PromiseLike<unknown> | null | undefined)?.then === "function";
  return isPromise ? Promise.resolve(found).then(recordOf) : recordOf(found);
}

function recordOf(found: unknown): SessionRecord | undefined {
  if (typeof found !== "object" || found === null) return undefined;
  const { createdAt, usedAt, content } = found as Partial<Record<keyof SessionRecord, unknown>>;
  const isContent = typeof content === "object" && content !== null && !Array.isArray(content);
  return Number.isFinite(createdAt) && Number.isFinite(usedAt) && isContent ? (found as SessionRecord) : undefined;
}

/** Options of {@link memorySessionStore}. */
export interface MemorySessionStoreOptions {
  /** Sessions kept at once; beyond it the one that was written longest ago goes. Default 10,000. */
  readonly maxSessions?: number;
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

const DEFAULT_MAX_SESSIONS = 10_000;

/**
 * Keeps sessions in this process: for development, tests and apps of one process. Visitors who are not signed in take
 * no room.
 * @throws TypeError for options that make no sense
 */
export function memorySessionStore(options: MemorySessionStoreOptions = {}): SessionRecordStore {
  const { maxSessions = DEFAULT_MAX_SESSIONS, now = Date.now } = options;
  if (!Number.isInteger(maxSessions) || maxSessions < 1) {
    throw new TypeError("memorySessionStore: `maxSessions` must be a whole number of at least 1");
  }
  const records = new Map<string, { readonly record: SessionRecord; readonly expiresAt: number }>();
  return {
    synchronous: true,
    get: (key) => {
      const kept = records.get(key);
      return kept === undefined || kept.expiresAt <= now() ? undefined : kept.record;
    },
    set(key, record, { expiresAt, mode }) {
      if (mode === "update" && !records.has(key)) return;
      records.delete(key);
      records.set(key, { record, expiresAt });
      // The oldest stand first: what is over, and what is too much.
      for (const [oldest, kept] of records) {
        if (records.size <= maxSessions && kept.expiresAt > now()) break;
        records.delete(oldest);
      }
    },
    delete: (key) => records.delete(key),
  };
}
