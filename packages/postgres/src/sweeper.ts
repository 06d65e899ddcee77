import type { PostgresPool } from "./pool.ts";
import type { Tables } from "./tables.ts";

/** How often a process sweeps, in milliseconds. */
const INTERVAL_MS = 60_000;
/** How many rows each statement of a sweep changes at most. */
const BATCH = 500;

/** The assignments that remove a grant from its row. Its fencing tokens stay, and only the latest lease may write then. */
export const EMPTIED = `payload = NULL, grant_id = NULL, version = NULL, digests = '{}', expires_at = 'infinity',
  barrier = greatest(barrier, fence), empty_since = clock_timestamp()`;

/**
 * Creates a function that removes expired grants from their rows, and deletes rows that have been empty for a day. Their
 * fencing tokens are not needed any longer, since no process is paused for a day.
 *
 * @returns the function to call after each write. It sweeps once a minute, and never rejects.
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
    // Where there may be more rows, the next write sweeps too.
    if (expired.rowCount === BATCH || empty.rowCount === BATCH) due = 0;
  };
  return async () => {
    const now = performance.now();
    if (now < due) return;
    due = now + INTERVAL_MS;
    // The write has succeeded, even where the sweep fails.
    await sweep().catch(() => undefined);
  };
}
