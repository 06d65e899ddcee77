// Opens the stores that processes share. Loads the one that is asked for only: every process of a test pays for it.
import { DatabaseSync } from "node:sqlite";
import type { TokenStore } from "@scopegate/core";
import { SERVERS } from "./servers.ts";

/** What a process must know to open the same store as the others. */
export interface Place {
  readonly kind: "SQLite" | "Redis" | "PostgreSQL";
  /** A file, a prefix of keys, or a prefix of tables. */
  readonly name: string;
}

/** A store, and how to let go of it. */
export interface OpenedStore extends AsyncDisposable {
  readonly store: TokenStore;
}

/** What a process does in the middle of a write, where its store gives it the chance. */
export interface Interruption {
  /** Between two steps that the store's server carries out one after the other. */
  pause(): Promise<void>;
  /** Within a transaction, which nothing but the end of the process may leave. */
  block(): void;
}

/** Opens the store of a place, as each process of a deployment does. */
export async function openStore(place: Place, leaseMs: number, interruption?: Interruption): Promise<OpenedStore> {
  return { SQLite: openFile, Redis: openPrefix, PostgreSQL: openTables }[place.kind](place.name, leaseMs, interruption);
}

async function openFile(path: string, leaseMs: number, interruption?: Interruption): Promise<OpenedStore> {
  // The store's own way to open a file sets WAL, which stays with it, and a patience like this one.
  const database = interruption && new DatabaseSync(path, { timeout: 5_000 });
  if (database !== undefined) {
    const prepare = database.prepare.bind(database);
    database.prepare = (sql) => {
      const statement = prepare(sql);
      if (!sql.startsWith("DELETE FROM scopegate_digests")) return statement;
      // The grant has been replaced; its digests are next.
      const run = statement.run.bind(statement) as (...values: unknown[]) => ReturnType<typeof statement.run>;
      statement.run = (...values: unknown[]) => {
        interruption!.block();
        return run(...values);
      };
      return statement;
    };
  }
  const { sqliteTokenStore } = await import("@scopegate/sqlite");
  const store = sqliteTokenStore({ leaseMs, ...(database === undefined ? { path } : { database }) });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close?.();
      database?.close();
    },
  };
}

async function openPrefix(prefix: string, leaseMs: number, interruption?: Interruption): Promise<OpenedStore> {
  const { createClient } = await import("redis");
  const { redisTokenStore } = await import("@scopegate/redis");
  const connected = await createClient({ url: SERVERS.redis }).connect();
  const client = {
    async sendCommand(args: readonly string[]) {
      // The only script with four keys that is given more than two values: what writes the grant itself. Its entries in
      // indexes over several owners have been made.
      if (args[0]!.startsWith("EVAL") && args[2] === "4" && args.length > 9) await interruption?.pause();
      return connected.sendCommand([...args]);
    },
  };
  return {
    store: redisTokenStore({ client, prefix, leaseMs }),
    [Symbol.asyncDispose]: async () => connected.destroy(),
  };
}

async function openTables(table: string, leaseMs: number): Promise<OpenedStore> {
  const { Pool } = await import("pg");
  const { postgresTokenStore } = await import("@scopegate/postgres");
  const pool = new Pool({ connectionString: SERVERS.postgres, max: 2 });
  return { store: postgresTokenStore({ pool, table, leaseMs }), [Symbol.asyncDispose]: () => pool.end() };
}
