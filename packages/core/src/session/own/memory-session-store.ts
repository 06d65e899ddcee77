import type { SessionRecord, SessionRecordStore } from "./record-store.ts";

/** Options of {@link memorySessionStore}. */
export interface MemorySessionStoreOptions {
  /**
   * The most sessions that the store keeps, a whole number of at least 1. Beyond it, the session that was written longest
   * ago is dropped. Default 10,000.
   */
  readonly maxSessions?: number;
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

const DEFAULT_MAX_SESSIONS = 10_000;

/**
 * Creates a session store in this process's memory, for the option `store` of `scopegateSession()`. Use it for
 * development, tests and apps of one process: sessions are gone when the process ends. Visitors who have not signed in
 * use no memory.
 * @throws TypeError where `maxSessions` is not a whole number of at least 1
 *
 * @example
 * ```ts
 * import { googleOAuth, memorySessionStore, scopegateSession } from "@scopegate/express";
 *
 * const session = scopegateSession({ keys: [process.env["SESSION_KEY"]!], store: memorySessionStore() });
 * app.use(googleOAuth({ session }));
 * ```
 */
export function memorySessionStore(options: MemorySessionStoreOptions = {}): SessionRecordStore {
  const { maxSessions = DEFAULT_MAX_SESSIONS, now = () => Date.now() } = options;
  if (!Number.isInteger(maxSessions) || maxSessions < 1) {
    throw new TypeError(
      `memorySessionStore: \`maxSessions\` must be a whole number of at least 1, not ${String(maxSessions)}`,
    );
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
      // The map is in the order of the writes, so that the oldest records come first.
      for (const [oldest, kept] of records) {
        if (records.size <= maxSessions && kept.expiresAt > now()) break;
        records.delete(oldest);
      }
    },
    delete: (key) => records.delete(key),
  };
}
