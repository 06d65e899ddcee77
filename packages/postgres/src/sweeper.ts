import type { PostgresPool } from "./pool.ts";
import type { Tables } from "./tables.ts";

/** How often a process sweeps, in milliseconds, and how many rows at a time. */
const INTERVAL_MS = 60_000;
const BATCH = 500;

/** What a row becomes whose grant is gone: its fences stay, and no lease but the last one may write. */
export const EMPTIED = `payload = NULL, grant_id = NULL, version = NULL, digests = '{}', expires_at = 'infinity',
  barrier = greatest(barrier, fence), empty_since = clock_timestamp()`;

/**
 * Empties rows whose grant has expired, and removes those that have been empty for a day: their fences need no more
 * remembering, since no process is paused for so long.
 *
 * @returns what to call after writes: it does nothing for most of them
 */
export function createSweeper(query: PostgresPool["query"], { grants }: Tables): () => Promise<void> {
  let due = 0;
  const rowsWhere = (condition: string) =>
    `name IN (SELECT name FROM ${grants} WHERE ${condition} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`;

  const sweep = async () => {
    const expired = await query(
      `UPDATE ${grants} SET ${EMPTIED}
       WHERE ${rowsWhere("expires_at <= clock_timestamp() AND expires_at < 'infinity' AND payload IS NOT NULL")}`,
    );
    const empty = await query(
      `DELETE FROM ${grants}
       WHERE ${rowsWhere("empty_since < clock_timestamp() - interval '1 day' AND lease_ends_at < clock_timestamp()")}`,
    );
    // The next write goes on where there may be more.
    if (expired.rowCount === BATCH || empty.rowCount === BATCH) due = 0;
  };
  return async () => {
    const now = performance.now();
    if (now < due) return;
    due = now + INTERVAL_MS;
    // The write has been done, whatever becomes of this.
    await sweep().catch(() => undefined);
  };
}
