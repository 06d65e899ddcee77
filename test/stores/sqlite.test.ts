import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { tokenStoreContract } from "@scopegate/core/store-contract";
import { asOwnerId } from "@scopegate/core/store-kit";
import { sqliteTokenStore } from "@scopegate/sqlite";
import type { SqliteTokenStoreOptions } from "@scopegate/sqlite";
import { afterAll, describe, expect, it } from "vitest";

// Long enough for a renewal in time on a busy machine.
const LEASE_MS = 1_000;
const directory = mkdtempSync(join(tmpdir(), "scopegate-sqlite-"));
let files = 0;
const newPath = () => join(directory, `grants-${files++}.db`);
const key = { client: "client", owner: asOwnerId("owner"), account: "account" };
const grant = { id: "grant", version: 1, payload: "v1.sealed" };

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe("the SQLite token store", () => {
  const path = newPath();
  it.each(tokenStoreContract(() => sqliteTokenStore({ path, leaseMs: LEASE_MS }), { leaseMs: LEASE_MS }))(
    "$name",
    async ({ run }) => {
      await expect(run()).resolves.toBeUndefined();
    },
  );

  it("works on a database that the app has opened, and does not close it", async () => {
    const database = new DatabaseSync(newPath());
    const store = sqliteTokenStore({ database });
    await store.put(key, grant);
    await store.close?.();
    expect(database.prepare("SELECT owner, account, version FROM scopegate_grants").all()).toEqual([
      expect.objectContaining({ owner: "owner", account: "account", version: 1 }),
    ]);
    database.close();
  });

  it("does not believe a lease of a process that died while the clock was a year ahead", async () => {
    const database = new DatabaseSync(newPath());
    const store = sqliteTokenStore({ database });
    const before = await store.exclusively(key, async ({ fence }) => fence);
    database.prepare("UPDATE scopegate_leases SET holder = 'dead', ends_at = ?").run(Date.now() + 365 * 24 * 3600_000);
    expect(await store.exclusively(key, async ({ fence }) => fence)).toBeGreaterThan(before);
    database.close();
  });

  it("closes the database that it opened, accepts a second close, and then fails", async () => {
    const store = sqliteTokenStore({ path: pathToFileURL(newPath()) });
    await store.close?.();
    await store.close?.();
    expect(() => store.get(key)).toThrow(/not open/);
  });

  it.skipIf(process.platform === "win32")("makes its files readable for their owner only", async () => {
    const mine = newPath();
    const store = sqliteTokenStore({ path: mine });
    await store.put(key, grant);
    const made = readdirSync(directory).filter((file) => join(directory, file).startsWith(mine));
    expect(made.length).toBeGreaterThan(1);
    for (const file of made) expect(statSync(join(directory, file)).mode & 0o077, file).toBe(0);
    await store.close?.();
  });

  it("deletes expired grants, with their index entries", async () => {
    const database = new DatabaseSync(newPath());
    const store = sqliteTokenStore({ database });
    // The store deletes expired grants at its first write, and not at each later one.
    await store.put({ ...key, owner: asOwnerId("first") }, grant);
    await store.put(key, grant, { expiresAt: Date.now() - 1, digests: ["digest"] });
    const count = (table: string) => database.prepare(`SELECT count(*) AS count FROM ${table}`).get()!["count"];
    expect([count("scopegate_grants"), count("scopegate_digests")]).toEqual([2, 1]);
    await sqliteTokenStore({ database }).put({ ...key, owner: asOwnerId("later") }, grant);
    expect([count("scopegate_grants"), count("scopegate_digests")]).toEqual([2, 0]);
    database.close();
  });

  it("uses an index for every lookup", async () => {
    const database = new DatabaseSync(newPath());
    const statements: string[] = [];
    const prepare = database.prepare.bind(database);
    database.prepare = (sql) => {
      statements.push(sql);
      return prepare(sql);
    };
    const store = sqliteTokenStore({ database });
    void store.get(key);
    void store.list("client", key.owner);
    void store.keysOf("client", "account");
    void store.byTokenDigest("client", "digest");
    void store.signedOutAt("client", "account");
    void store.delete(key);
    await store.entries("client")[Symbol.asyncIterator]().next();
    const queries = statements.filter((sql) => sql.includes("WHERE"));
    expect(queries.length).toBeGreaterThanOrEqual(6);
    const planOf = (sql: string) =>
      prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map(({ detail }) => detail)
        .join("\n");
    for (const sql of queries) expect(planOf(sql), sql).not.toMatch(/^SCAN/m);
    // Without an index each page would sort all remaining rows.
    const pages = queries.filter((sql) => sql.includes("LIMIT 100"));
    expect(pages).toHaveLength(1);
    expect(planOf(pages[0]!)).not.toContain("TEMP B-TREE");
    database.close();
  });

  it("can be created by several processes at once", async () => {
    const fresh = newPath();
    const program = `
      import { sqliteTokenStore } from "@scopegate/sqlite";
      const store = sqliteTokenStore({ path: ${JSON.stringify(fresh)} });
      for (let index = 0; index < 20; index++)
        await store.put({ client: "client", owner: process.pid + "." + index, account: "account" }, ${JSON.stringify(grant)});
      store.close();`;
    const children = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ["--input-type=module", "--eval", program], {
        cwd: import.meta.dirname,
        stdio: ["ignore", "ignore", "pipe"],
      }),
    );
    const ends = children.map(async (child) => {
      const errors: string[] = [];
      child.stderr.on("data", (text) => errors.push(String(text)));
      const [status] = (await once(child, "close")) as [number];
      return { status, errors: errors.filter((text) => !text.includes("ExperimentalWarning")) };
    });
    for (const end of await Promise.all(ends)) expect(end).toEqual({ status: 0, errors: [] });
    const store = sqliteTokenStore({ path: fresh });
    expect(await store.keysOf("client", "account")).toHaveLength(120);
    await store.close?.();
  });

  it.each<[string, SqliteTokenStoreOptions]>([
    ["nothing", {}],
    ["both", { path: "file.db", database: {} as DatabaseSync }],
    ["memory", { path: ":memory:" }],
    ["another database", { database: { exec: () => undefined } as unknown as DatabaseSync }],
    ["a short lease", { path: join(directory, "never.db"), leaseMs: 1 }],
  ])("rejects %s with the name of the option", (_, options) => {
    expect(() => sqliteTokenStore(options)).toThrow(/^sqliteTokenStore: .*`(path|database|leaseMs)`/);
  });
});
