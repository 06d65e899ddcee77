// The databases in which processes of a deployment share their grants. Each test file gets a separate place there.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgresTokenStore } from "@scopegate/postgres";
import { Pool } from "pg";
import { createClient } from "redis";
import type { Place } from "./open.ts";
import { isMissing, SERVERS } from "./servers.ts";

/** Each kind of store: whether its tests are skipped, and a function that makes a new place. */
export const PLACES = [
  { kind: "SQLite", skip: false, make: makeFile },
  { kind: "Redis", skip: await isMissing("redis"), make: makePrefix },
  { kind: "PostgreSQL", skip: await isMissing("postgres"), make: makeTables },
] as const satisfies readonly { kind: Place["kind"]; skip: boolean; make(): Promise<Place & AsyncDisposable> }[];

async function makeFile() {
  const directory = mkdtempSync(join(tmpdir(), "scopegate-processes-"));
  return {
    kind: "SQLite" as const,
    name: join(directory, "grants.db"),
    [Symbol.asyncDispose]: async () => rmSync(directory, { recursive: true, force: true }),
  };
}

async function makePrefix() {
  const name = `processes-${randomUUID()}`;
  return {
    kind: "Redis" as const,
    name,
    async [Symbol.asyncDispose]() {
      const client = await createClient({ url: SERVERS.redis }).connect();
      for await (const keys of client.scanIterator({ MATCH: `${name}*`, COUNT: 1_000 })) {
        if (keys.length > 0) await client.del(keys);
      }
      client.destroy();
    },
  };
}

async function makeTables() {
  const name = `p${randomUUID().replaceAll("-", "").slice(0, 12)}`;
  const pool = new Pool({ connectionString: SERVERS.postgres, max: 1 });
  await postgresTokenStore({ pool, table: name }).migrate();
  return {
    kind: "PostgreSQL" as const,
    name,
    async [Symbol.asyncDispose]() {
      await pool.query(`DROP TABLE "${name}_grants", "${name}_sign_outs"; DROP SEQUENCE "${name}_sequence"`);
      await pool.end();
    },
  };
}
