import type { GrantKey, TokenStore } from "@scopegate/core";
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
  /** A `Pool` of `pg`. The app makes and ends it. */
  readonly pool: PostgresPool;
  /**
   * Whether statements are prepared: less work for the app and the server, but state in each connection, which a pooler in
   * transaction mode must know of (PgBouncer 1.21 does, with `max_prepared_statements`). Needs a `Pool` of `pg`. Default `false`.
   */
  readonly prepare?: boolean;
  /** How long a lease outlives a process that died, in milliseconds, from 100 to 600,000. Default 15,000. */
  readonly leaseMs?: number;
}

/** A token store in PostgreSQL. */
export interface PostgresTokenStore extends TokenStore {
  /** Makes the tables where they are missing. Safe in several processes at once. */
  migrate(): Promise<void>;
}

const PAGE = 100;
const IS_ALIVE = "payload IS NOT NULL AND expires_at > clock_timestamp()";

/**
 * Keeps grants in PostgreSQL, for any number of processes and machines. No method needs a transaction or, unless
 * statements are prepared, a session of its own, so that poolers in transaction mode are fine.
 *
 * @throws TypeError for options that make no sense
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
      // Several statements without values are one transaction; "if not exists" alone is not safe against itself.
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
      // Each is a single statement, which PostgreSQL decides on the row as it is once it has locked it.
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
      // Nothing to delete: it is gone, or another version is there.
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

const UNDEFINED_TABLE = "42P01";

function explain(error: unknown): never {
  if ((error as { code?: unknown } | undefined)?.code === UNDEFINED_TABLE) {
    throw new Error(
      "postgresTokenStore: its tables are missing; run `await store.migrate()`, or what migrationSql() gives",
      {
        cause: error,
      },
    );
  }
  throw error;
}
