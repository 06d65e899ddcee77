import type { GrantKey } from "@scopegate/core";
import type { LeaseTable } from "@scopegate/core/store-kit";
import type { Connection } from "./database.ts";
import { columnsOf } from "./rows.ts";

const WHERE_KEY = "client = :client AND owner = :owner AND account = :account";

/**
 * Leases in a table: the processes of one machine share its clock. A loss of power ends all of them, and so they need
 * not outlive one.
 */
export function leaseTable(connection: Connection): LeaseTable {
  return {
    async take(key, holder, leaseMs) {
      return connection.writeWithoutSync(() => {
        const now = Date.now();
        const present = connection
          .sql(`SELECT 1 FROM scopegate_leases WHERE ${WHERE_KEY} AND ends_at > :now`)
          .get({ ...columnsOf(key), now });
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
 * Whether a write under a fence may go on: not below one that has written, nor below one from before the last deletion.
 * Notes the fence. Within a write.
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

/** Shuts out every lease but the one that was given last. Within a write. */
export function raiseBarrier(connection: Connection, key: GrantKey): void {
  connection
    .sql(`UPDATE scopegate_leases SET barrier = MAX(barrier, fence), touched_at = :now WHERE ${WHERE_KEY}`)
    .run({ ...columnsOf(key), now: Date.now() });
}
