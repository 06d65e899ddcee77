import type { GrantKey, LeaseTable } from "@scopegate/core/store-kit";
import type { Connection } from "./database.ts";
import { columnsOf } from "./rows.ts";

const WHERE_KEY = "client = :client AND owner = :owner AND account = :account";

/**
 * The longest `leaseMs`. A lease that ends later was taken while the machine's clock was ahead, and would block its key
 * until the clock is there again. It counts as ended; the fencing token stops its holder.
 */
const LONGEST_LEASE_MS = 600_000;

/**
 * Leases in a table. All processes run on one machine and so share a clock. Leases need not survive a loss of power,
 * which ends the processes that hold them.
 */
export function leaseTable(connection: Connection): LeaseTable {
  return {
    async take(key, holder, leaseMs) {
      return connection.writeWithoutSync(() => {
        const now = Date.now();
        const present = connection
          .sql(`SELECT 1 FROM scopegate_leases WHERE ${WHERE_KEY} AND ends_at > :now AND ends_at <= :latest`)
          .get({ ...columnsOf(key), now, latest: now + LONGEST_LEASE_MS });
        if (present !== undefined) return undefined;
        const fence = connection.next();
        connection
          .sql(
            `INSERT INTO scopegate_leases (client, owner, account, holder, ends_at, fence, touched_at)
             VALUES (:client, :owner, :account, :holder, :endsAt, :fence, :now)
             ON CONFLICT DO UPDATE SET
               holder = excluded.holder, ends_at = excluded.ends_at, fence = excluded.fence, touched_at = excluded.touched_at`,
          )
          .run({ ...columnsOf(key), holder, endsAt: now + leaseMs, fence, now });
        return fence;
      });
    },
    async renew(key, holder, leaseMs) {
      return connection.writeWithoutSync(() => {
        const now = Date.now();
        const { changes } = connection
          .sql(
            `UPDATE scopegate_leases SET ends_at = :endsAt, touched_at = :now
             WHERE ${WHERE_KEY} AND holder = :holder AND ends_at > :now`,
          )
          .run({ ...columnsOf(key), holder, endsAt: now + leaseMs, now });
        return changes === 1;
      });
    },
    async release(key, holder) {
      await connection.writeWithoutSync(() =>
        connection
          .sql(`UPDATE scopegate_leases SET holder = NULL, ends_at = 0 WHERE ${WHERE_KEY} AND holder = :holder`)
          .run({ ...columnsOf(key), holder }),
      );
    },
  };
}

/**
 * Checks the fencing token of a write, and records it: the write may continue unless a higher token has written, or the
 * token was issued before the last deletion. Call it within a write.
 */
export function passesBarrier(connection: Connection, key: GrantKey, fence: number): boolean {
  const { changes } = connection
    .sql(
      `INSERT INTO scopegate_leases (client, owner, account, barrier, touched_at)
       VALUES (:client, :owner, :account, :fence, :now)
       ON CONFLICT DO UPDATE SET barrier = excluded.barrier, touched_at = excluded.touched_at
         WHERE barrier <= excluded.barrier`,
    )
    .run({ ...columnsOf(key), fence, now: Date.now() });
  return changes === 1;
}

/** Rejects future writes of all leases but the latest. Call it within a write. */
export function raiseBarrier(connection: Connection, key: GrantKey): void {
  connection
    .sql(`UPDATE scopegate_leases SET barrier = MAX(barrier, fence), touched_at = :now WHERE ${WHERE_KEY}`)
    .run({ ...columnsOf(key), now: Date.now() });
}
