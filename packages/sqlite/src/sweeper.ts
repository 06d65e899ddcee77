import type { Connection } from "./database.ts";

/** How often a process looks for what is to be swept, in milliseconds, and how many rows it sweeps at a time. */
const INTERVAL_MS = 60_000;
const BATCH = 200;
/** How long a lease's fences are remembered after its last use, in milliseconds: no process is paused for a day. */
const FENCE_MEMORY_MS = 24 * 3_600_000;

/** Removes what nobody reads any more: grants that have expired, and leases that nobody has asked for since yesterday. */
export class Sweeper {
  readonly #connection: Connection;
  #due = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Within a write, and a little at a time, so that no write has to wait long for it. */
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
    // The next write goes on where there may be more.
    if (expired.length < BATCH && Number(changes) < BATCH) this.#due = now + INTERVAL_MS;
  }

  /** Within a write. */
  remove(grantRow: number): void {
    this.#connection.sql("DELETE FROM scopegate_digests WHERE grant_row = ?").run(grantRow);
    this.#connection.sql("DELETE FROM scopegate_grants WHERE id = ?").run(grantRow);
  }
}
