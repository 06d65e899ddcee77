import { randomUUID } from "node:crypto";
import { tokenStoreContract } from "@scopegate/core/store-contract";
import { asOwnerId } from "@scopegate/core/store-kit";
import { migrationSql, postgresTokenStore } from "@scopegate/postgres";
import type { PostgresPool, PostgresTokenStoreOptions } from "@scopegate/postgres";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isMissing, SERVERS } from "../harness/stores/servers.ts";

// Long enough for a renewal in time on a busy machine.
const LEASE_MS = 1_000;
const table = `t${randomUUID().replaceAll("-", "").slice(0, 12)}`;
const schema = `Schema_${table}`;
const grant = { id: "grant", version: 1, payload: "v1.sealed" };
const key = (parts = {}) => ({
  client: `client-${randomUUID()}`,
  owner: asOwnerId("owner"),
  account: "account",
  ...parts,
});

describe.skipIf(await isMissing("postgres"))("the PostgreSQL token store", () => {
  const pool = new Pool({ connectionString: SERVERS.postgres, max: 6 });

  beforeAll(async () => {
    // Several processes may start at once.
    await Promise.all([1, 2, 3, 4].map(() => postgresTokenStore({ pool, table }).migrate()));
  });

  afterAll(async () => {
    const { rows } = await pool.query<{ drop: string }>(
      `SELECT format('DROP %s %I CASCADE', CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relname) AS drop
       FROM pg_class WHERE relkind IN ('r', 'S') AND relname LIKE $1 AND relnamespace = 'public'::regnamespace`,
      [`${table}\\_%`],
    );
    for (const { drop } of rows) await pool.query(drop);
    await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    await pool.end();
  });

  const open = () => postgresTokenStore({ pool, table, leaseMs: LEASE_MS });
  it.each(tokenStoreContract(open, { leaseMs: LEASE_MS }))("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });

  describe("with prepared statements", () => {
    const prepare = () => postgresTokenStore({ pool, table, leaseMs: LEASE_MS, prepare: true });
    it.each(tokenStoreContract(prepare, { leaseMs: LEASE_MS }))("$name", async ({ run }) => {
      await expect(run()).resolves.toBeUndefined();
    });

    it("prepares each statement once for a connection, separately for stores with other tables", async () => {
      const single = new Pool({ connectionString: SERVERS.postgres, max: 1 });
      const other = `${table}_other`;
      const stores = [table, other].map((name) => postgresTokenStore({ pool: single, table: name, prepare: true }));
      const its = key();
      for (const store of stores) {
        await store.migrate();
        await store.put(its, { ...grant, payload: stores.indexOf(store) === 0 ? "first" : "second" });
      }
      for (let round = 0; round < 7; round++) {
        expect((await stores[0]!.get(its))?.payload).toBe("first");
        expect((await stores[1]!.get(its))?.payload).toBe("second");
      }
      const { rows } = await single.query<{ statement: string }>("SELECT statement FROM pg_prepared_statements");
      await single.end();
      for (const name of [table, other]) {
        const gets = rows.filter(({ statement }) =>
          statement.startsWith(`SELECT grant_id, version, payload FROM "${name}_grants"`),
        );
        expect(gets).toHaveLength(1);
      }
    });
  });

  it("uses only its schema, and its SQL for the migration can run again", async () => {
    const options = { schema, table: "own" };
    await pool.query(`CREATE SCHEMA "${schema}"`);
    for (let round = 0; round < 2; round++) await pool.query(migrationSql(options));
    const store = postgresTokenStore({ pool, ...options });
    await store.migrate();
    const its = key();
    await store.put(its, grant);
    expect(await store.get(its)).toEqual(grant);
    expect(await open().get(its)).toBeUndefined();
  });

  it("names `migrate()` if its tables are missing", async () => {
    await expect(postgresTokenStore({ pool, table: "never_made" }).get(key())).rejects.toThrow(/migrate\(\)/);
  });

  it("works if every statement goes to another connection", async () => {
    const statements: string[] = [];
    const spread: PostgresPool = {
      async query(text, values) {
        statements.push(text);
        const client = new Pool({ connectionString: SERVERS.postgres, max: 1 });
        try {
          return await client.query(text, values);
        } finally {
          await client.end();
        }
      },
    };
    const store = postgresTokenStore({ pool: spread, table });
    const its = key();
    await store.exclusively(its, async ({ fence }) => {
      expect(await store.put(its, grant, { ifVersion: 0, fence })).toBe(true);
    });
    expect(await store.delete(its, { ifVersion: 1 })).toBe(true);
    expect(statements.length).toBeGreaterThanOrEqual(4);
    expect(statements.join("\n")).not.toMatch(/\b(BEGIN|SET SESSION|LISTEN|PREPARE|advisory)\b/i);
  });

  it("deletes expired grants, and records that have been empty for a day", async () => {
    const own = { pool, table: `${table}_swept` };
    await postgresTokenStore(own).migrate();
    const [expired, empty, alive] = [key(), key(), key()];
    const first = postgresTokenStore(own);
    // A process deletes at its first write, and not at each later one.
    await first.put(alive, grant);
    await first.put(expired, grant, { expiresAt: Date.now() - 1_000, digests: ["digest"] });
    await first.put(empty, grant);
    await first.delete(empty);
    const rows = async () =>
      (await pool.query(`SELECT payload IS NULL AS empty FROM ${own.table}_grants ORDER BY empty`)).rows;
    expect(await rows()).toEqual([{ empty: false }, { empty: false }, { empty: true }]);
    await postgresTokenStore(own).put(alive, grant);
    expect(await rows()).toEqual([{ empty: false }, { empty: true }, { empty: true }]);
    await pool.query(`UPDATE ${own.table}_grants SET empty_since = empty_since - interval '25 hours'`);
    await postgresTokenStore(own).put(alive, grant);
    expect(await rows()).toEqual([{ empty: false }]);
  });

  it("uses an index for every lookup", async () => {
    const plans: string[] = [];
    const client = await pool.connect();
    try {
      await client.query("BEGIN; SET LOCAL enable_seqscan = off");
      const explaining: PostgresPool = {
        async query(text, values) {
          const { rows } = await client.query<{ "QUERY PLAN": string }>(`EXPLAIN ${text}`, values);
          plans.push(rows.map((row) => row["QUERY PLAN"]).join("\n"));
          return { rows: [], rowCount: 0 };
        },
      };
      const store = postgresTokenStore({ pool: explaining, table });
      await store.get(key());
      await store.list("client", asOwnerId("owner"));
      await store.keysOf("client", "account");
      await store.byTokenDigest("client", "digest");
      await store.signedOutAt("client", "account");
      await store.put(key(), grant, { ifVersion: 1 });
      expect(await store.entries("client")[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
    } finally {
      await client.query("ROLLBACK");
      client.release();
    }
    expect(plans.length).toBeGreaterThanOrEqual(7);
    for (const plan of plans) expect(plan).toMatch(/Index/);
    for (const plan of plans) expect(plan).not.toMatch(/Seq Scan/);
  });

  it("changes no index when a grant is refreshed", async () => {
    const own = { table: `${table}_hot` };
    await postgresTokenStore({ pool, ...own }).migrate();
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const store = postgresTokenStore({ pool: client, ...own });
      const its = key();
      const digests = ["prefix:1//abc", "hash:def"];
      for (let version = 0; version <= 5; version++) {
        await store.put(its, { ...grant, version: version + 1 }, { ifVersion: version, digests });
      }
      const { rows } = await client.query(
        "SELECT n_tup_upd::int AS updates, n_tup_hot_upd::int AS hot FROM pg_stat_xact_user_tables WHERE relname = $1",
        [`${own.table}_grants`],
      );
      expect(rows).toEqual([{ updates: 5, hot: 5 }]);
    } finally {
      await client.query("ROLLBACK");
      client.release();
    }
  });

  it("leaves the pool open", async () => {
    const store = open();
    await store.close?.();
    expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });
});

describe("the options of the PostgreSQL token store", () => {
  const pool: PostgresPool = { query: () => Promise.reject(new Error("not asked")) };
  it.each<[string, Partial<PostgresTokenStoreOptions>]>([
    ["no pool", {}],
    ["a connection string", { pool: "postgres://" as unknown as PostgresPool }],
    ["a schema to be quoted", { pool, schema: 'auth"; DROP TABLE users; --' }],
    ["a prefix in capitals", { pool, table: "Grants" }],
    ["a prefix that is too long", { pool, table: "t".repeat(41) }],
    ["statements prepared in words", { pool, prepare: "yes" as unknown as boolean }],
    ["a lease that outlives the day", { pool, leaseMs: 86_400_000 }],
  ])("reject %s with the name of the option", (_, options) => {
    expect(() => postgresTokenStore(options as PostgresTokenStoreOptions)).toThrow(
      /^postgresTokenStore: .*`(pool|schema|table|prepare|leaseMs)`/,
    );
  });
});
