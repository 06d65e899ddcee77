import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ScopegateOptions, TokenStore } from "@scopegate/express";
import { UsageError } from "./server.ts";

/** Where grants are kept, as `STORE` says. */
export interface ChosenStore {
  /** What `googleOAuth()` is given. */
  readonly options: Pick<ScopegateOptions, "store" | "encryptionKeys">;
  /** What to tell of it. */
  readonly lines: readonly string[];
  readonly close: () => Promise<void>;
}

interface OpenStore {
  readonly store: TokenStore;
  readonly place: string;
  readonly close: () => Promise<void>;
}

const STORES: Readonly<Record<string, (env: NodeJS.ProcessEnv) => Promise<OpenStore>>> = { sqlite, redis, postgres };

/** Opens the store that the environment names: `session`, the default, or one that outlives the process. */
export async function chooseStore(env: NodeJS.ProcessEnv = process.env): Promise<ChosenStore> {
  const name = env["STORE"] || "session";
  if (name === "session") return { options: {}, lines: [], close: () => Promise.resolve() };
  const open = STORES[name];
  if (open === undefined) {
    throw new UsageError(`STORE must be session, ${Object.keys(STORES).join(", ")}, not ${JSON.stringify(name)}`);
  }
  const { store, place, close } = await open(env);
  // A key in the environment is Scopegate's to read.
  const hasKeys = Boolean(env["SCOPEGATE_ENCRYPTION_KEYS"]);
  return {
    options: { store, ...(!hasKeys && { encryptionKeys: [randomBytes(32)] }) },
    lines: [
      `  Grants            in ${place}, sealed`,
      hasKeys
        ? "                    by the keys in SCOPEGATE_ENCRYPTION_KEYS"
        : "                    by a key made for this start: nothing opens them afterwards. To keep them, set\n" +
          "                    SCOPEGATE_ENCRYPTION_KEYS to what `openssl rand -base64 32` gives",
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
    // At the start it is there or it is not; later it may come back.
    socket: { reconnectStrategy: (retries) => isUp && Math.min(100 * retries, 2000) },
  });
  client.on("error", (error: Error) => isUp && console.error(`Redis: ${error.message}`));
  await client.connect().catch((error: unknown) => {
    throw new UsageError(`No Redis at ${withoutPassword(url)}: start one, or name another in REDIS_URL`, {
      cause: error,
    });
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
    throw new UsageError(
      `PostgreSQL at ${withoutPassword(url)} cannot be used (${(error as Error).message}): name another in DATABASE_URL`,
      { cause: error },
    );
  });
  return { store, place: `PostgreSQL at ${withoutPassword(url)}`, close: () => pool.end() };
}

function withoutPassword(address: string): string {
  if (!URL.canParse(address)) return "the address given";
  const url = new URL(address);
  url.password = "";
  return url.href;
}
