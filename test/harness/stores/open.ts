// Opens the stores that processes share. It loads only the requested one, since each process of a test pays for loading.
import { DatabaseSync } from "node:sqlite";
import type { TokenStore } from "@scopegate/core";
import { SERVERS } from "./servers.ts";

/** The place of a store: with it each process opens the same one. */
export interface Place {
  readonly kind: "SQLite" | "Redis" | "PostgreSQL";
  /** A file, a prefix of keys, or a prefix of tables. */
  readonly name: string;
}

/** An open store. Disposing closes its connection. */
export interface OpenedStore extends AsyncDisposable {
  readonly store: TokenStore;
}

/** Stops a process in the middle of a write, if its store has one. */
export interface Interruption {
  /** Runs between two commands of a write. */
  pause(): Promise<void>;
  /** Runs within a transaction, and must block the thread until the process is killed. */
  block(): void;
}

/** Opens the store at a place, as each process of a deployment does. */
export async function openStore(place: Place, leaseMs: number, interruption?: Interruption): Promise<OpenedStore> {
  return { SQLite: openFile, Redis: openPrefix, PostgreSQL: openTables }[place.kind](place.name, leaseMs, interruption);
}

async function openFile(path: string, leaseMs: number, interruption?: Interruption): Promise<OpenedStore> {
  // The store itself opens a file with the same timeout, and has set WAL mode, which the file keeps.
  const database = interruption && new DatabaseSync(path, { timeout: 5_000 });
  if (database !== undefined) {
    const prepare = database.prepare.bind(database);
    database.prepare = (sql) => {
      const statement = prepare(sql);
      if (!sql.startsWith("DELETE FROM scopegate_digests")) return statement;
      // The grant has been replaced, and its digests come next.
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
      // Only the script that writes the grant has four keys and more than two values. The entries in the indexes have
      // been written before it.
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
