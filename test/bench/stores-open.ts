// The stores that are compared, each in a place of its own, which is removed afterwards.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import KeyvRedis from "@keyv/redis";
import { memoryTokenStore } from "@scopegate/core";
import type { TokenStore } from "@scopegate/core";
import { keyvTokenStore } from "@scopegate/keyv";
import { postgresTokenStore } from "@scopegate/postgres";
import { redisTokenStore } from "@scopegate/redis";
import { sqliteTokenStore } from "@scopegate/sqlite";
import { Redis } from "ioredis";
import { Keyv } from "keyv";
import { Pool } from "pg";
import { createClient } from "redis";
import { isMissing, SERVERS } from "../harness/stores/servers.ts";

/** A store to measure, and what the same client does by itself. */
export interface OpenedStore extends AsyncDisposable {
  readonly store: TokenStore;
  readonly bare: BareRecords;
}

/** The least that a client of the same server could do: text by a key, without versions, fences and indexes. */
export interface BareRecords {
  get(name: string): unknown;
  put(name: string, text: string): unknown;
}

const OPENERS = {
  memory: openMemory,
  SQLite: openSqlite,
  "Redis, by redis": openRedis,
  "Redis, by ioredis": openIoRedis,
  PostgreSQL: () => openPostgres(false),
  "PostgreSQL, prepared": () => openPostgres(true),
  "Keyv on Redis": openKeyv,
} as const satisfies Readonly<Record<string, () => Promise<OpenedStore>>>;

/** A store that is compared. */
export type StoreName = keyof typeof OPENERS;

const ALL = Object.keys(OPENERS) as readonly StoreName[];

/** Opens a store in a new place. */
export function openStore(name: StoreName): Promise<OpenedStore> {
  return OPENERS[name]();
}

/** The stores whose server is there; says which are left out. */
export async function reachableStores(): Promise<readonly StoreName[]> {
  const [lacksRedis, lacksPostgres] = await Promise.all([isMissing("redis"), isMissing("postgres")]);
  return ALL.filter(
    (name) => !(name.includes("Redis") && lacksRedis) && !(name.startsWith("PostgreSQL") && lacksPostgres),
  );
}

/** A sentence about stores that are missing in a report. */
export function remarkOnMissing(present: readonly StoreName[]): string[] {
  const missing = ALL.filter((name) => !present.includes(name));
  return missing.length > 0 ? [`Left out, since their servers are not here: ${missing.join("; ")}.`] : [];
}

async function openMemory(): Promise<OpenedStore> {
  const texts = new Map<string, string>();
  return {
    store: memoryTokenStore(),
    bare: { get: (name) => texts.get(name), put: (name, text) => texts.set(name, text) },
    async [Symbol.asyncDispose]() {},
  };
}

async function openSqlite(): Promise<OpenedStore> {
  const directory = mkdtempSync(join(tmpdir(), "scopegate-bench-"));
  const store = sqliteTokenStore({ path: join(directory, "grants.db") });
  const database = new DatabaseSync(join(directory, "bare.db"));
  database.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE bare (name TEXT PRIMARY KEY, text TEXT)",
  );
  const select = database.prepare("SELECT text FROM bare WHERE name = ?");
  const replace = database.prepare("INSERT INTO bare VALUES (?, ?) ON CONFLICT DO UPDATE SET text = excluded.text");
  return {
    store,
    bare: { get: (name) => select.get(name), put: (name, text) => replace.run(name, text) },
    async [Symbol.asyncDispose]() {
      await store.close?.();
      database.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** What both clients of Redis do alike. */
interface RedisCommands {
  get(name: string): Promise<unknown>;
  set(name: string, text: string): Promise<unknown>;
}

function bareRedis(client: RedisCommands, prefix: string): OpenedStore["bare"] {
  return {
    get: (name) => client.get(`${prefix}:${name}`),
    put: (name, text) => client.set(`${prefix}:${name}`, text),
  };
}

async function openRedis(): Promise<OpenedStore> {
  const client = await createClient({ url: SERVERS.redis }).connect();
  const prefix = `bench-${randomUUID()}`;
  return {
    store: redisTokenStore({ client, prefix }),
    bare: bareRedis(client, prefix),
    async [Symbol.asyncDispose]() {
      await removeKeys(prefix);
      client.destroy();
    },
  };
}

async function openIoRedis(): Promise<OpenedStore> {
  const client = new Redis(SERVERS.redis);
  const prefix = `bench-${randomUUID()}`;
  return {
    store: redisTokenStore({ client, prefix }),
    bare: bareRedis(client, prefix),
    async [Symbol.asyncDispose]() {
      await removeKeys(prefix);
      client.disconnect();
    },
  };
}

async function openKeyv(): Promise<OpenedStore> {
  const namespace = `bench-${randomUUID()}`;
  const adapter = new KeyvRedis(SERVERS.redis);
  const keyv = new Keyv({ store: adapter, namespace, useKeyPrefix: false, throwOnErrors: true });
  return {
    store: keyvTokenStore(keyv),
    bare: { get: (name) => keyv.get(name), put: (name, text) => keyv.set(name, text) },
    async [Symbol.asyncDispose]() {
      await removeKeys(namespace);
      await keyv.disconnect();
    },
  };
}

async function removeKeys(prefix: string): Promise<void> {
  const client = await createClient({ url: SERVERS.redis }).connect();
  for await (const keys of client.scanIterator({ MATCH: `${prefix}*`, COUNT: 1_000 })) {
    if (keys.length > 0) await client.unlink(keys);
  }
  client.destroy();
}

async function openPostgres(prepare: boolean): Promise<OpenedStore> {
  const pool = new Pool({ connectionString: SERVERS.postgres });
  const table = `bench_${randomUUID().replaceAll("-", "").slice(0, 12)}`;
  const store = postgresTokenStore({ pool, table, prepare });
  await store.migrate();
  await pool.query(`CREATE TABLE ${table}_bare (name text PRIMARY KEY, text text) WITH (fillfactor = 80)`);
  const named = (name: string, text: string) => ({ text, ...(prepare && { name }) });
  const select = named("get", `SELECT text FROM ${table}_bare WHERE name = $1`);
  const upsert = named(
    "put",
    `INSERT INTO ${table}_bare VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET text = excluded.text`,
  );
  return {
    store,
    bare: {
      get: (name) => pool.query({ ...select, values: [name] }),
      put: (name, text) => pool.query({ ...upsert, values: [name, text] }),
    },
    async [Symbol.asyncDispose]() {
      await pool.query(
        `DROP TABLE ${table}_bare, ${table}_grants, ${table}_sign_outs; DROP SEQUENCE ${table}_sequence`,
      );
      await pool.end();
    },
  };
}
