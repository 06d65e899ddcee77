import type { LeaseTable } from "@scopegate/core/store-kit";
import type { PostgresPool } from "./pool.ts";
import { KEY_COLUMNS, KEY_VALUES, keyValues, rowName } from "./rows.ts";
import type { Tables } from "./tables.ts";

const IN_MS = (parameter: string) => `clock_timestamp() + ${parameter}::double precision * interval '1 millisecond'`;

/**
 * Leases in the rows of the grants, by the server's clock.
 *
 * PostgreSQL's advisory locks would not do. A session-level lock belongs to one session, but behind a pooler such as
 * PgBouncer in transaction mode the next statement may reach another one, so that the lock could not be released. A
 * transaction-level lock would keep a transaction and its connection open while the app waits for Google. And neither has
 * a fencing token.
 */
export function leaseTable(query: PostgresPool["query"], { grants, sequence }: Tables): LeaseTable {
  return {
    async take(key, holder, leaseMs) {
      // The update calls nextval() after it has locked the row, so that the token is higher than the former holder's.
      const { rows } = await query(
        `INSERT INTO ${grants} AS present (${KEY_COLUMNS}, lease_holder, lease_ends_at, fence, empty_since)
         VALUES (${KEY_VALUES}, $8, ${IN_MS("$9")}, nextval('${sequence}'), clock_timestamp())
         ON CONFLICT (name) DO UPDATE SET
           lease_holder = excluded.lease_holder,
           lease_ends_at = ${IN_MS("$9")},
           fence = nextval('${sequence}'),
           empty_since = CASE WHEN present.payload IS NULL THEN clock_timestamp() END
           WHERE present.lease_ends_at <= clock_timestamp()
         RETURNING fence`,
        [...keyValues(key), holder, leaseMs],
      );
      return rows[0] && Number(rows[0]["fence"]);
    },
    async renew(key, holder, leaseMs) {
      const { rowCount } = await query(
        `UPDATE ${grants} SET lease_ends_at = ${IN_MS("$3")}
         WHERE name = $1 AND lease_holder = $2 AND lease_ends_at > clock_timestamp()`,
        [rowName(key), holder, leaseMs],
      );
      return rowCount === 1;
    },
    async release(key, holder) {
      // This statement does not wait for the disk. Where a crash of the server undoes the release, the lease ends later.
      // `take` does wait, since the holder survives a crash of the server.
      await query(
        `UPDATE ${grants} SET lease_holder = NULL, lease_ends_at = '-infinity'
         FROM (SELECT set_config('synchronous_commit', 'off', true)) AS relaxed
         WHERE name = $1 AND lease_holder = $2`,
        [rowName(key), holder],
      );
    },
  };
}
