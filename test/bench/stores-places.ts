// Databases to be filled with grants by the million, faster than one write at a time would.
import { randomBytes } from "node:crypto";
import type { TokenStore } from "@scopegate/core";
import { Pool } from "pg";
import { createClient } from "redis";
import { isMissing, SERVERS } from "../harness/stores/servers.ts";
import { makePostgresPlace } from "./stores-places-postgres.ts";
import { makeRedisPlace } from "./stores-places-redis.ts";
import { makeSqlitePlace } from "./stores-places-sqlite.ts";
import type { SealedRecord } from "./stores-records.ts";

/** A place for grants, and how to fill it. */
export interface Place extends AsyncDisposable {
  /** As an app opens it. */
  readonly store: TokenStore;
  /** Writes exactly what the store would, which a test compares. Owners and accounts that are new, one of each. */
  load(records: readonly SealedRecord[]): Promise<void>;
  /** What the database does by itself sooner or later after so many writes. */
  settle(): Promise<void>;
  /** Bytes of each table and index. */
  sizes(): Promise<Readonly<Record<string, number>>>;
  /** How the database finds what a call of the store asks for; `undefined` where it does not say. */
  explain?(call: (store: TokenStore) => unknown): Promise<Plan>;
}

/** A way to look something up. */
export interface Plan {
  readonly steps: readonly string[];
  /** Whether it never goes through a whole table. */
  readonly isByIndex: boolean;
}

/** Makes places of one kind, all of which go with it. */
export interface PlaceMaker extends AsyncDisposable {
  make(name: string): Promise<Place>;
}

/** A kind of database. */
export type PlaceKind = "SQLite" | "Redis" | "PostgreSQL";

/** The kinds whose server is there; says which are left out. */
export async function reachableKinds(): Promise<readonly PlaceKind[]> {
  const [lacksRedis, lacksPostgres] = await Promise.all([isMissing("redis"), isMissing("postgres")]);
  const kinds: readonly PlaceKind[] = ["SQLite", "Redis", "PostgreSQL"];
  return kinds.filter((kind) => !(kind === "Redis" && lacksRedis) && !(kind === "PostgreSQL" && lacksPostgres));
}

/** Makes room for places: a folder, a database of Redis that is empty, a database of PostgreSQL of its own. */
export function openPlaces(kind: PlaceKind): Promise<PlaceMaker> {
  return { SQLite: openFolder, Redis: openEmptyDatabase, PostgreSQL: createDatabase }[kind]();
}

async function openFolder(): Promise<PlaceMaker> {
  return { make: makeSqlitePlace, async [Symbol.asyncDispose]() {} };
}

async function openEmptyDatabase(): Promise<PlaceMaker> {
  for (let database = 15; database > 0; database--) {
    const client = await createClient({ url: SERVERS.redis, database }).connect();
    if ((await client.dbSize()) === 0) {
      return {
        make: (prefix) => makeRedisPlace(client, prefix),
        async [Symbol.asyncDispose]() {
          await client.flushDb("ASYNC");
          client.destroy();
        },
      };
    }
    client.destroy();
  }
  throw new Error("stores: each database from 1 to 15 of this Redis has keys in it; the bench needs an empty one");
}

async function createDatabase(): Promise<PlaceMaker> {
  const database = `scopegate_bench_${randomBytes(6).toString("hex")}`;
  const admin = new Pool({ connectionString: SERVERS.postgres, max: 1 });
  await admin.query(`CREATE DATABASE ${database}`);
  const url = new URL(SERVERS.postgres);
  url.pathname = `/${database}`;
  const pool = new Pool({ connectionString: url.href });
  return {
    make: (table) => makePostgresPlace(pool, table),
    async [Symbol.asyncDispose]() {
      await pool.end();
      // It waits some seconds for connections that are still closing, which force would turn into errors of theirs.
      await admin.query(`DROP DATABASE ${database}`);
      await admin.end();
    },
  };
}
