import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeyvMysql } from "@keyv/mysql";
import type { TokenStore } from "@scopegate/core";
import { keyvTokenStore } from "@scopegate/keyv";
import { postgresTokenStore } from "@scopegate/postgres";
import { redisTokenStore } from "@scopegate/redis";
import { sqliteTokenStore } from "@scopegate/sqlite";
import { Keyv } from "keyv";
import { Pool } from "pg";
import { createClient } from "redis";
import { isMissing, SERVERS } from "./servers.ts";

/** A durable store at its own place in a real database, with a view of everything that the database holds there. */
export interface DurableStore extends AsyncDisposable {
  readonly store: TokenStore;
  /** The content as a reader of the database sees it. */
  content(): Promise<string>;
}

const unique = () => `t${randomUUID().replaceAll("-", "").slice(0, 12)}`;

async function inSqlite(): Promise<DurableStore> {
  const directory = mkdtempSync(join(tmpdir(), "scopegate-durable-"));
  const store = sqliteTokenStore({ path: join(directory, "grants.db") });
  return {
    store,
    content: async () =>
      readdirSync(directory)
        .map((file) => readFileSync(join(directory, file), "latin1"))
        .join("\n"),
    async [Symbol.asyncDispose]() {
      await store.close?.();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function inPostgres(): Promise<DurableStore> {
  const pool = new Pool({ connectionString: SERVERS.postgres, max: 4 });
  const table = unique();
  const store = postgresTokenStore({ pool, table });
  await store.migrate();
  const textOf = async (name: string) => JSON.stringify((await pool.query(`SELECT * FROM ${name}`)).rows);
  return {
    store,
    content: async () => (await textOf(`${table}_grants`)) + (await textOf(`${table}_sign_outs`)),
    async [Symbol.asyncDispose]() {
      await pool.query(`DROP TABLE ${table}_grants, ${table}_sign_outs; DROP SEQUENCE ${table}_sequence`);
      await pool.end();
    },
  };
}

async function inRedis(): Promise<DurableStore> {
  const client = await createClient({ url: SERVERS.redis }).connect();
  const prefix = unique();
  const names = async () => {
    const all: string[] = [];
    for await (const keys of client.scanIterator({ MATCH: `${prefix}:*`, COUNT: 1_000 })) all.push(...keys);
    return all;
  };
  const read = async (name: string): Promise<unknown> => {
    const type = await client.type(name);
    if (type === "hash") return client.hGetAll(name);
    return type === "zset" ? client.zRange(name, 0, -1) : client.get(name);
  };
  return {
    store: redisTokenStore({ client, prefix }),
    content: async () =>
      JSON.stringify(await Promise.all((await names()).map(async (name) => [name, await read(name)]))),
    async [Symbol.asyncDispose]() {
      for (const name of await names()) await client.del(name);
      client.destroy();
    },
  };
}

async function inMariadbByKeyv(): Promise<DurableStore> {
  const table = unique();
  const adapter = new KeyvMysql({ uri: SERVERS.mariadb, table });
  return {
    store: keyvTokenStore(new Keyv({ store: adapter, throwOnErrors: true })),
    content: async () => JSON.stringify(await adapter.query(`SELECT * FROM ${table}`)),
    async [Symbol.asyncDispose]() {
      await adapter.query(`DROP TABLE ${table}`);
      await adapter.disconnect();
    },
  };
}

/** Every durable store whose server is there. */
export const durableStores: readonly (readonly [name: string, open: () => Promise<DurableStore>])[] = [
  ["SQLite", inSqlite],
  ...((await isMissing("postgres")) ? [] : [["PostgreSQL", inPostgres] as const]),
  ...((await isMissing("redis")) ? [] : [["Redis", inRedis] as const]),
  ...((await isMissing("mariadb")) ? [] : [["MariaDB by Keyv", inMariadbByKeyv] as const]),
];
