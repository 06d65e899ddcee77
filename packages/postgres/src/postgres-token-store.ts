import type { TokenStore } from "@scopegate/core";
import type { GrantKey } from "@scopegate/core/store-kit";
import { createLeaser, escapeText, recordName } from "@scopegate/core/store-kit";
import { leaseTable } from "./lease-table.ts";
import { preparedQuery } from "./pool.ts";
import type { PostgresPool } from "./pool.ts";
import { grantOf, KEY_COLUMNS, KEY_VALUES, keyOf, keyValues, rowName } from "./rows.ts";
import { migrationSql } from "./schema.ts";
import { createSweeper, EMPTIED } from "./sweeper.ts";
import { tablesOf } from "./tables.ts";
import type { TableOptions } from "./tables.ts";

/** Options of {@link postgresTokenStore}. */
export interface PostgresTokenStoreOptions extends TableOptions {
  /** A `Pool` of `pg`, which the app creates and ends. It must reach the primary server, not a read replica. */
  readonly pool: PostgresPool;
  /**
   * Whether to use prepared statements, which save work in the app and on the server. They are part of a connection's
   * state, so a pooler in transaction mode must support them (PgBouncer 1.21 does, with `max_prepared_statements`). Needs
   * a `Pool` of `pg`. Default `false`.
   */
  readonly prepare?: boolean;
  /** How long a lease outlives a process that died, in milliseconds: a whole number from 100 to 600,000. Default 15,000. */
  readonly leaseMs?: number;
}

/** A token store in PostgreSQL. */
export interface PostgresTokenStore extends TokenStore {
  /**
   * Creates the tables, indexes and the sequence where they are missing. Several processes may call it at the same time.
   * An app that migrates by other means runs {@link migrationSql} instead.
   */
  migrate(): Promise<void>;
}

/** How many grants `entries` reads at a time. */
const PAGE = 100;
const IS_ALIVE = "payload IS NOT NULL AND expires_at > clock_timestamp()";

/**
 * Creates a token store in PostgreSQL, which any number of processes and machines can share. Call `migrate()` once before
 * its first use. It works behind poolers in transaction mode: no method needs a transaction of several statements or,
 * unless `prepare` is set, state in the connection.
 *
 * @throws TypeError where an option is missing or out of range; the message names the option
 *
 * @example
 * ```ts
 * import { googleOAuth } from "@scopegate/express";
 * import { postgresTokenStore } from "@scopegate/postgres";
 * import { Pool } from "pg";
 *
 * const store = postgresTokenStore({ pool: new Pool({ connectionString: process.env["DATABASE_URL"] }) });
 * await store.migrate();
 * const google = googleOAuth({
 *   store,
 *   encryptionKeys: [process.env["GRANT_KEY"]!], // `openssl rand -base64 32`
 * });
 * ```
 */
export function postgresTokenStore(options: PostgresTokenStoreOptions): PostgresTokenStore {
  const { pool } = options;
  if (typeof (pool as Partial<PostgresPool> | undefined)?.query !== "function") {
    throw new TypeError("postgresTokenStore: `pool` must be a Pool of pg, such as `new Pool({ connectionString })`");
  }
  if (options.prepare !== undefined && typeof options.prepare !== "boolean") {
    throw new TypeError(`postgresTokenStore: \`prepare\` must be true or false, not ${String(options.prepare)}`);
  }
  const tables = tablesOf(options, "postgresTokenStore");
  const { grants, signOuts, sequence } = tables;
  const send: PostgresPool["query"] = options.prepare
    ? preparedQuery(pool)
    : (text, values) => pool.query(text, values);
  const query: PostgresPool["query"] = (text, values) => send(text, values).catch(explain);
  const exclusively = createLeaser(leaseTable(query, tables), {
    leaseMs: options.leaseMs,
    caller: "postgresTokenStore",
  });
  const sweepNowAndThen = createSweeper(query, tables);

  const keysWhere = async (condition: string, values: unknown[]): Promise<GrantKey[]> => {
    const { rows } = await query(
      `SELECT client, owner, account FROM ${grants} WHERE ${condition} AND ${IS_ALIVE} ORDER BY written DESC`,
      values,
    );
    return rows.map(keyOf);
  };
  const get: TokenStore["get"] = async (key) => {
    const { rows } = await query(`SELECT grant_id, version, payload FROM ${grants} WHERE name = $1 AND ${IS_ALIVE}`, [
      rowName(key),
    ]);
    return rows[0] && grantOf(rows[0]);
  };

  return {
    capabilities: { durable: true, shared: true },
    async migrate() {
      // Statements without values run as one transaction, and so under the lock. Without the lock, two processes that run
      // `CREATE … IF NOT EXISTS` at the same time could fail.
      await query(`SELECT pg_advisory_xact_lock(hashtext('scopegate migration'));\n${migrationSql(options)}`);
    },
    get,
    async put(key, grant, { ifVersion, fence, digests = [], expiresAt } = {}) {
      const values = [grant.id, grant.version, grant.payload, [...digests], expiresAt ?? Infinity, fence ?? null];
      const assignments = (first: number) => {
        const at = (offset: number) => `$${first + offset}`;
        return `grant_id = ${at(0)}, version = ${at(1)}, payload = ${at(2)}, digests = ${at(3)},
          expires_at = to_timestamp(${at(4)}::double precision / 1000), written = nextval('${sequence}'),
          barrier = greatest(present.barrier, ${at(5)}::bigint), empty_since = NULL`;
      };
      const isCurrent = (parameter: string) =>
        `(${parameter}::bigint IS NULL OR ${parameter}::bigint >= present.barrier)`;
      // A single statement each: PostgreSQL locks the row first, and then checks the conditions on its latest version.
      const { rowCount } =
        ifVersion !== undefined && ifVersion !== 0
          ? await query(
              `UPDATE ${grants} AS present SET ${assignments(3)}
               WHERE name = $1 AND version = $2 AND ${IS_ALIVE} AND ${isCurrent("$8")}`,
              [rowName(key), ifVersion, ...values],
            )
          : await query(
              `INSERT INTO ${grants} AS present
                 (${KEY_COLUMNS}, grant_id, version, payload, digests, expires_at, barrier, written)
               VALUES (${KEY_VALUES}, $8, $9, $10, $11, to_timestamp($12::double precision / 1000),
                 coalesce($13::bigint, 0), nextval('${sequence}'))
               ON CONFLICT (name) DO UPDATE SET ${assignments(8)}
               WHERE ${isCurrent("$13")} AND ${ifVersion === 0 ? `NOT (present.payload IS NOT NULL AND present.expires_at > clock_timestamp())` : "true"}`,
              [...keyValues(key), ...values],
            );
      await sweepNowAndThen();
      return rowCount === 1;
    },
    async delete(key, { ifVersion } = {}) {
      const { rowCount } = await query(
        `UPDATE ${grants} SET ${EMPTIED}
         WHERE name = $1 AND payload IS NOT NULL
           AND ($2::bigint IS NULL OR version = $2 OR expires_at <= clock_timestamp())`,
        [rowName(key), ifVersion ?? null],
      );
      // No row was changed: either there is no grant, or it has another version.
      return rowCount === 1 || (await get(key)) === undefined;
    },
    list: (client, owner) => keysWhere("owner_name = $1", [recordName(client, owner)]),
    keysOf: (client, subject) => keysWhere("subject_name = $1", [recordName(client, subject)]),
    byTokenDigest: (client, digest) =>
      keysWhere("client_name = $1 AND digests @> ARRAY[$2]", [recordName(client), digest]),
    async *entries(client) {
      for (let after = Buffer.alloc(0); ;) {
        const { rows } = await query(
          `SELECT name, client, owner, account, grant_id, version, payload FROM ${grants}
           WHERE client_name = $1 AND name > $2 AND ${IS_ALIVE} ORDER BY name LIMIT ${PAGE}`,
          [recordName(client), after],
        );
        for (const row of rows) yield [keyOf(row), grantOf(row)] as const;
        if (rows.length < PAGE) return;
        after = rows.at(-1)!["name"] as Buffer<ArrayBuffer>;
      }
    },
    exclusively,
    async signedOutAt(client, subject) {
      const { rows } = await query(`SELECT at FROM ${signOuts} WHERE name = $1`, [recordName(client, subject)]);
      return rows[0] && Number(rows[0]["at"]);
    },
    async setSignedOut(client, subject, at) {
      await query(
        `INSERT INTO ${signOuts} AS present (name, client, subject, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO UPDATE SET at = greatest(present.at, excluded.at)`,
        [recordName(client, subject), escapeText(client), escapeText(subject), at],
      );
    },
  };
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNDEFINED_TABLE = "42P01";

/** Names the remedy where the tables are missing. */
function explain(error: unknown): never {
  if ((error as { code?: unknown } | undefined)?.code === UNDEFINED_TABLE) {
    throw new Error(
      "postgresTokenStore: the tables are missing; run `await store.migrate()` once, or the SQL that migrationSql() returns",
      {
        cause: error,
      },
    );
  }
  throw error;
}
