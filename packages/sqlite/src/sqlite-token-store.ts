import type { DatabaseSync } from "node:sqlite";
import type { GrantKey, TokenStore } from "@scopegate/core";
import { checkLeaseMs, createLeaser, escapeText } from "@scopegate/core/store-kit";
import { Connection, openDatabase } from "./database.ts";
import { leaseTable, passesBarrier, raiseBarrier } from "./lease-table.ts";
import { columnsOf, grantOf, keyOf } from "./rows.ts";
import type { Row } from "./rows.ts";
import { Sweeper } from "./sweeper.ts";

/** Options of {@link sqliteTokenStore}: one of `path` and `database`. */
export interface SqliteTokenStoreOptions {
  /** The file, made where there is none, readable by this user only. On a local disk: SQLite's locks need one. */
  readonly path?: string | URL;
  /** A database that the app has opened, and closes. Its pragmas stay as they are; WAL and a `busy_timeout` are advised. */
  readonly database?: DatabaseSync;
  /** How long a lease outlives a process that died, in milliseconds, from 100 to 600,000. Default 15,000. */
  readonly leaseMs?: number;
}

const PAGE = 100;
const IS_ALIVE = "(expires_at IS NULL OR expires_at > :now)";
const KEY_COLUMNS = "client, owner, account";

/**
 * Keeps grants in SQLite, by `node:sqlite`: durable without a server, shared by the processes of one machine.
 *
 * A call reads or writes at once, and blocks the process for as long: some ten microseconds a read, a write as long as
 * the disk takes to keep it. A write that finds another process writing waits, for up to five seconds, without blocking
 * this one for more than 20 milliseconds at a time.
 *
 * @throws TypeError for options that make no sense; the error of `node:sqlite` where the file cannot be opened
 */
export function sqliteTokenStore(options: SqliteTokenStoreOptions): TokenStore {
  checkOptions(options);
  const ownDatabase = options.path === undefined ? undefined : openDatabase(options.path);
  const connection = new Connection(ownDatabase ?? options.database!, { ownsPragmas: ownDatabase !== undefined });
  const sql = (text: string) => connection.sql(text);
  const exclusively = createLeaser(leaseTable(connection), { leaseMs: options.leaseMs, caller: "sqliteTokenStore" });
  const sweeper = new Sweeper(connection);

  /** The row of a grant that has not expired. */
  const find = (key: GrantKey): Row | undefined =>
    sql(
      `SELECT id, grant_id, version, payload FROM scopegate_grants
       WHERE client = :client AND owner = :owner AND account = :account AND ${IS_ALIVE}`,
    ).get({ ...columnsOf(key), now: Date.now() });
  const keysWhere = (rest: string, parameters: Record<string, string>): GrantKey[] =>
    sql(`SELECT ${KEY_COLUMNS} FROM scopegate_grants WHERE ${rest} AND ${IS_ALIVE} ORDER BY written DESC`)
      .all({ ...parameters, now: Date.now() })
      .map(keyOf);

  return {
    capabilities: { durable: true, shared: true },
    get(key) {
      const row = find(key);
      return row && grantOf(row);
    },
    put(key, grant, { ifVersion, fence, digests = [], expiresAt } = {}) {
      return connection.write(() => {
        const present = find(key);
        if (ifVersion !== undefined && ifVersion !== (present?.["version"] ?? 0)) return false;
        if (fence !== undefined && !passesBarrier(connection, key, fence)) return false;
        const { client, ...columns } = columnsOf(key);
        const row = sql(
          `INSERT INTO scopegate_grants (${KEY_COLUMNS}, grant_id, version, payload, expires_at, written)
           VALUES (:client, :owner, :account, :id, :version, :payload, :expiresAt, :written)
           ON CONFLICT DO UPDATE SET grant_id = excluded.grant_id, version = excluded.version,
             payload = excluded.payload, expires_at = excluded.expires_at, written = excluded.written
           RETURNING id`,
        ).get({ client, ...columns, ...grant, expiresAt: expiresAt ?? null, written: connection.next() })!;
        const grantRow = row["id"] as number;
        sql("DELETE FROM scopegate_digests WHERE grant_row = ?").run(grantRow);
        for (const digest of new Set(digests)) {
          sql("INSERT INTO scopegate_digests (client, digest, grant_row) VALUES (?, ?, ?)").run(
            client,
            digest,
            grantRow,
          );
        }
        sweeper.sweepNowAndThen();
        return true;
      });
    },
    delete(key, { ifVersion } = {}) {
      return connection.write(() => {
        const present = find(key);
        if (present !== undefined && ifVersion !== undefined && present["version"] !== ifVersion) return false;
        if (present !== undefined) sweeper.remove(present["id"] as number);
        raiseBarrier(connection, key);
        return true;
      });
    },
    list: (client, owner) =>
      keysWhere("client = :client AND owner = :owner", { client: escapeText(client), owner: escapeText(owner) }),
    keysOf: (client, subject) =>
      keysWhere("client = :client AND account = :account", {
        client: escapeText(client),
        account: escapeText(subject),
      }),
    byTokenDigest: (client, digest) =>
      keysWhere(
        "id IN (SELECT grant_row FROM scopegate_digests AS found WHERE found.client = :client AND digest = :digest)",
        { client: escapeText(client), digest },
      ),
    async *entries(client) {
      for (let after = 0; ;) {
        // By row, which a rewritten grant keeps and a new one has behind all others. The plus keeps SQLite from looking
        // by client instead, and so from reading and sorting all of its grants for each page.
        const rows = sql(
          `SELECT * FROM scopegate_grants WHERE id > :after AND +client = :client AND ${IS_ALIVE} ORDER BY id LIMIT ${PAGE}`,
        ).all({ after, client: escapeText(client), now: Date.now() });
        for (const row of rows) yield [keyOf(row), grantOf(row)] as const;
        if (rows.length < PAGE) return;
        after = rows.at(-1)!["id"] as number;
      }
    },
    exclusively,
    signedOutAt: (client, subject) =>
      sql("SELECT at FROM scopegate_sign_outs WHERE client = ? AND subject = ?").get(
        escapeText(client),
        escapeText(subject),
      )?.["at"] as number | undefined,
    setSignedOut(client, subject, at) {
      return connection.write(() => {
        sql(
          `INSERT INTO scopegate_sign_outs (client, subject, at) VALUES (?, ?, ?)
           ON CONFLICT DO UPDATE SET at = MAX(at, excluded.at)`,
        ).run(escapeText(client), escapeText(subject), at);
      });
    },
    close() {
      if (ownDatabase?.isOpen) ownDatabase.close();
    },
  };
}

function checkOptions({ path, database, leaseMs }: SqliteTokenStoreOptions): void {
  // Before a file is made.
  checkLeaseMs(leaseMs, "sqliteTokenStore");
  if ((path === undefined) === (database === undefined)) {
    throw new TypeError("sqliteTokenStore: give either `path`, a file, or `database`, a DatabaseSync of node:sqlite");
  }
  if (path === "" || path === ":memory:") {
    throw new TypeError(
      "sqliteTokenStore: `path` must name a file; memoryTokenStore() is the store that forgets when the process ends",
    );
  }
  const { prepare, isTransaction } = (database ?? { prepare: Function, isTransaction: false }) as Partial<DatabaseSync>;
  if (typeof prepare !== "function" || typeof isTransaction !== "boolean") {
    throw new TypeError("sqliteTokenStore: `database` must be a DatabaseSync of node:sqlite");
  }
}
