import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sqliteTokenStore } from "@scopegate/sqlite";
import type { Place } from "./stores-places.ts";

/** A file, filled by the store itself: many writes share a transaction. */
export async function makeSqlitePlace(name: string): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), "scopegate-bench-"));
  const path = join(directory, `${name}.db`);
  const store = sqliteTokenStore({ path });

  const database = new DatabaseSync(path);
  const exec = database.exec.bind(database);
  exec("PRAGMA synchronous = OFF");
  let isLoading = false;
  database.exec = (sql) => {
    if (!isLoading || !/^(?:BEGIN|COMMIT)/.test(sql)) exec(sql);
  };
  let prepared: string[] = [];
  const prepare = database.prepare.bind(database);
  database.prepare = (sql) => {
    prepared.push(sql);
    return prepare(sql);
  };
  const loader = sqliteTokenStore({ database });

  return {
    store,
    async load(records) {
      exec("BEGIN IMMEDIATE");
      isLoading = true;
      for (const { key, grant, options } of records) void loader.put(key, grant, options);
      isLoading = false;
      exec("COMMIT");
    },
    async settle() {
      exec("PRAGMA wal_checkpoint(TRUNCATE)");
    },
    async sizes() {
      const rows = prepare("SELECT name, SUM(pgsize) AS bytes FROM dbstat GROUP BY name").all();
      return Object.fromEntries(rows.map(({ name: part, bytes }) => [part as string, bytes as number]));
    },
    async explain(call) {
      prepared = [];
      // Of its own, since each store prepares a statement once.
      await call(sqliteTokenStore({ database }));
      const sql = prepared.find((text) => text.startsWith("SELECT"))!;
      const steps = prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map(({ detail }) => detail as string);
      // Who reads a page must not sort all the rest for it.
      const isSorted = sql.includes("LIMIT") && steps.some((step) => step.includes("TEMP B-TREE"));
      return { steps, isByIndex: !isSorted && !steps.some((step) => step.startsWith("SCAN")) };
    },
    async [Symbol.asyncDispose]() {
      await store.close?.();
      database.close();
      rmSync(directory, { recursive: true });
    },
  };
}
