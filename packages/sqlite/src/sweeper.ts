import type { Connection } from "./database.ts";

/** How often a process sweeps, in milliseconds. */
const INTERVAL_MS = 60_000;
/** How many rows of each table one sweep removes at most. */
const BATCH = 200;
/** How long the fencing tokens of a key are remembered after its last lease, in milliseconds. No process is paused for a day. */
const FENCE_MEMORY_MS = 24 * 3_600_000;

/** Removes grants that have expired, and leases that were not used for a day. */
export class Sweeper {
  readonly #connection: Connection;
  #due = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Sweeps once a minute, and only a few rows, so that no write takes long. Call it within a write. */
  sweepNowAndThen(): void {
    const now = Date.now();
    if (now < this.#due) return;
    const expired = this.#connection
      .sql(`SELECT id FROM scopegate_grants WHERE expires_at <= ? ORDER BY expires_at LIMIT ${BATCH}`)
      .all(now);
    for (const { id } of expired) this.remove(id as number);
    const { changes } = this.#connection
      .sql(
        `DELETE FROM scopegate_leases WHERE (client, owner, account) IN
           (SELECT client, owner, account FROM scopegate_leases WHERE touched_at < ? ORDER BY touched_at LIMIT ${BATCH})`,
      )
      .run(now - FENCE_MEMORY_MS);
    // Where there may be more rows, the next write sweeps too.
    if (expired.length < BATCH && Number(changes) < BATCH) this.#due = now + INTERVAL_MS;
  }

  /** Removes a grant and its digests. Call it within a write. */
  remove(grantRow: number): void {
    this.#connection.sql("DELETE FROM scopegate_digests WHERE grant_row = ?").run(grantRow);
    this.#connection.sql("DELETE FROM scopegate_grants WHERE id = ?").run(grantRow);
  }
}
