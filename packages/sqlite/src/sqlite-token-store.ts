import type { DatabaseSync } from "node:sqlite";
import type { TokenStore } from "@scopegate/core";
import type { GrantKey } from "@scopegate/core/store-kit";
import { checkLeaseMs, createLeaser, escapeText } from "@scopegate/core/store-kit";
import { Connection, openDatabase } from "./database.ts";
import { leaseTable, passesBarrier, raiseBarrier } from "./lease-table.ts";
import { columnsOf, grantOf, keyOf } from "./rows.ts";
import type { Row } from "./rows.ts";
import { Sweeper } from "./sweeper.ts";

/** Options of {@link sqliteTokenStore}. Give it either `path` or `database`. */
export interface SqliteTokenStoreOptions {
  /**
   * The database file, as a path or `file:` URL. It is created where it is missing, readable only by the user of this
   * process; its folder must exist. It must be on a local disk, since SQLite's locks do not work on network file systems.
   */
  readonly path?: string | URL;
  /**
   * A database that the app has opened and will close. The store does not change its pragmas; set `journal_mode = WAL` and
   * a `busy_timeout`.
   */
  readonly database?: DatabaseSync;
  /** How long a lease outlives a process that died, in milliseconds: a whole number from 100 to 600,000. Default 15,000. */
  readonly leaseMs?: number;
}

/** How many grants `entries` reads at a time. */
const PAGE = 100;
const IS_ALIVE = "(expires_at IS NULL OR expires_at > :now)";
const KEY_COLUMNS = "client, owner, account";

/**
 * Creates a token store in a SQLite database, by `node:sqlite`. It is durable and needs no server; all processes of one
 * machine can share it. Its tables are created where they are missing.
 *
 * Reads and writes are synchronous and block the process: a read for some ten microseconds, a write until the disk has
 * stored it. Where another process is writing, a write waits for up to five seconds; with `path`, it blocks this process
 * for at most 20 milliseconds at a time.
 *
 * @throws TypeError where an option is missing or out of range; the error of `node:sqlite` where the file cannot be
 *   opened
 *
 * @example
 * ```ts
 * import { googleOAuth } from "@scopegate/express";
 * import { sqliteTokenStore } from "@scopegate/sqlite";
 *
 * const google = googleOAuth({
 *   store: sqliteTokenStore({ path: "data/grants.db" }),
 *   encryptionKeys: [process.env["GRANT_KEY"]!], // `openssl rand -base64 32`
 * });
 * ```
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
        // In the order of row IDs: a grant keeps its ID when it is rewritten, and a new grant gets a higher one. The plus
        // sign keeps SQLite from using the index by client, with which it would sort all grants of the client for each page.
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
  // Checked here and not only by createLeaser, so that wrong options create no file.
  checkLeaseMs(leaseMs, "sqliteTokenStore");
  if ((path === undefined) === (database === undefined)) {
    throw new TypeError(
      "sqliteTokenStore: set either `path` (a file) or `database` (a DatabaseSync of node:sqlite), not both",
    );
  }
  if (path === "" || path === ":memory:") {
    throw new TypeError("sqliteTokenStore: `path` must name a file; for a store in memory, use memoryTokenStore()");
  }
  const { prepare, isTransaction } = (database ?? { prepare: Function, isTransaction: false }) as Partial<DatabaseSync>;
  if (typeof prepare !== "function" || typeof isTransaction !== "boolean") {
    throw new TypeError(
      "sqliteTokenStore: `database` must be a DatabaseSync of node:sqlite, such as `new DatabaseSync(file)`",
    );
  }
}
