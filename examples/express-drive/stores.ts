import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ScopegateOptions, TokenStore } from "@scopegate/express";
import { UsageError } from "./server.ts";

/** The token store that `STORE` names. */
export interface ChosenStore {
  /** Options for `googleOAuth()`. */
  readonly options: Pick<ScopegateOptions, "store" | "encryptionKeys">;
  /** The lines to print about it. */
  readonly lines: readonly string[];
  readonly close: () => Promise<void>;
}

interface OpenStore {
  readonly store: TokenStore;
  readonly place: string;
  readonly close: () => Promise<void>;
}

const STORES: Readonly<Record<string, (env: NodeJS.ProcessEnv) => Promise<OpenStore>>> = { sqlite, redis, postgres };

/** Opens the store that `STORE` names: `session`, which is the default, or a durable one. */
export async function chooseStore(env: NodeJS.ProcessEnv = process.env): Promise<ChosenStore> {
  const name = env["STORE"] || "session";
  if (name === "session") return { options: {}, lines: [], close: () => Promise.resolve() };
  const open = STORES[name];
  if (open === undefined) {
    throw new UsageError(
      `STORE must be session, ${Object.keys(STORES).join(", ")}, not ${JSON.stringify(name)}. Set it to one of these.`,
    );
  }
  const { store, place, close } = await open(env);
  // Scopegate itself reads the keys in the environment.
  const hasKeys = Boolean(env["SCOPEGATE_ENCRYPTION_KEYS"]);
  return {
    options: { store, ...(!hasKeys && { encryptionKeys: [randomBytes(32)] }) },
    lines: [
      `  Grants         ${place}`,
      hasKeys
        ? "                 encrypted with the keys in SCOPEGATE_ENCRYPTION_KEYS"
        : "                 encrypted with a key that exists only until the demo stops. To use the grants after a restart,\n" +
          "                 set SCOPEGATE_ENCRYPTION_KEYS to the output of `openssl rand -base64 32`.",
    ],
    close,
  };
}

async function sqlite(env: NodeJS.ProcessEnv): Promise<OpenStore> {
  const { sqliteTokenStore } = await import("@scopegate/sqlite");
  const path = env["SQLITE_FILE"] || fileURLToPath(new URL("data/grants.db", import.meta.url));
  mkdirSync(dirname(path), { recursive: true });
  const store = sqliteTokenStore({ path });
  return { store, place: path, close: async () => store.close?.() };
}

async function redis(env: NodeJS.ProcessEnv): Promise<OpenStore> {
  const [{ createClient }, { redisTokenStore }] = await Promise.all([import("redis"), import("@scopegate/redis")]);
  const url = env["REDIS_URL"] || "redis://127.0.0.1:6379";
  let isUp = false;
  const client = createClient({
    url,
    disableOfflineQueue: true,
    // The first connection fails at once, so that the error is printed. Later the client reconnects.
    socket: { reconnectStrategy: (retries) => isUp && Math.min(100 * retries, 2000) },
  });
  client.on("error", (error: Error) => isUp && console.error(`Redis: ${error.message}`));
  await client.connect().catch((error: unknown) => {
    const text = `Redis at ${withoutPassword(url)} cannot be reached. Start it, or set REDIS_URL to another server.`;
    throw new UsageError(text, { cause: error });
  });
  isUp = true;
  return {
    store: redisTokenStore({ client, prefix: "scopegate-demo" }),
    place: `Redis at ${withoutPassword(url)}`,
    close: () => client.close(),
  };
}

async function postgres(env: NodeJS.ProcessEnv): Promise<OpenStore> {
  const [{ Pool }, { postgresTokenStore }] = await Promise.all([import("pg"), import("@scopegate/postgres")]);
  const url = env["DATABASE_URL"] || "postgres://postgres@127.0.0.1:5432/postgres";
  const pool = new Pool({ connectionString: url, connectionTimeoutMillis: 5000, query_timeout: 5000 });
  pool.on("error", (error) => console.error(`PostgreSQL: ${error.message}`));
  const store = postgresTokenStore({ pool, table: "scopegate_demo" });
  await store.migrate().catch(async (error: unknown) => {
    await pool.end();
    const problem = `PostgreSQL at ${withoutPassword(url)} cannot be used: ${(error as Error).message}`;
    throw new UsageError(`${problem}. Start it, or set DATABASE_URL to another database.`, { cause: error });
  });
  return { store, place: `PostgreSQL at ${withoutPassword(url)}`, close: () => pool.end() };
}

function withoutPassword(address: string): string {
  if (!URL.canParse(address)) return "the given address";
  const url = new URL(address);
  url.password = "";
  return url.href;
}
