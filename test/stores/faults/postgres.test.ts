import { postgresTokenStore } from "@scopegate/postgres";
import { Client, Pool } from "pg";
import type { PoolConfig } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fateOf } from "../../harness/faults/child.ts";
import { expectSurvival, expectWritesSurvive, startFaultyApp } from "../../harness/faults/outage.ts";
import type { FaultyApp, Outage } from "../../harness/faults/outage.ts";
import { FaultProxy } from "../../harness/faults/proxy.ts";
import { lacksServer, startOwnPostgres } from "../../harness/faults/servers.ts";
import type { OwnServer } from "../../harness/faults/servers.ts";

const MAX = 4;

/** Pools as apps set them up. Each app listens for `error`. */
const POOLS: readonly (readonly [name: string, config: PoolConfig])[] = [
  ["as advised", { connectionTimeoutMillis: 800, query_timeout: 800 }],
  ["as it comes", {}],
];

describe.skipIf(lacksServer("postgres"))("a PostgreSQL that fails", () => {
  let server: OwnServer;

  beforeAll(async () => {
    server = await startOwnPostgres("max_connections=12", "superuser_reserved_connections=2");
    await admin(async (client) => {
      await client.query(
        "CREATE ROLE app LOGIN; GRANT ALL ON SCHEMA public TO app; CREATE TABLE of_other_software (n int)",
      );
      await client.query("INSERT INTO of_other_software SELECT generate_series(1, 100)");
    });
    const pool = new Pool(configOf(server.port));
    await postgresTokenStore({ pool }).migrate();
    await pool.end();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  const configOf = (port: number): PoolConfig => ({
    host: "127.0.0.1",
    port,
    user: "app",
    database: "postgres",
    max: MAX,
  });

  /** What who administers the server does, past the proxy. */
  async function admin<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ host: "127.0.0.1", port: server.port, user: "postgres", database: "postgres" });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  const execute = (sql: string) => admin((client) => client.query(sql));
  const endConnections = () => execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");

  async function withApp(config: PoolConfig, test: (app: FaultyApp, proxy: FaultProxy, pool: Pool) => Promise<void>) {
    await execute("TRUNCATE scopegate_grants, scopegate_sign_outs");
    await using proxy = await FaultProxy.start(server.port);
    const pool = new Pool({ ...configOf(proxy.port), ...config });
    pool.on("error", () => undefined);
    try {
      await using app = await startFaultyApp(postgresTokenStore({ pool }));
      await test(app, proxy, pool);
      await expectIdle(pool);
      const { rows } = await admin((client) => client.query("SELECT count(*)::int AS count FROM of_other_software"));
      expect(rows).toEqual([{ count: 100 }]);
    } finally {
      await pool.end();
    }
  }

  /** Every connection has been given back, and the pool gives all that it may have. */
  async function expectIdle(pool: Pool): Promise<void> {
    await expect.poll(() => pool.totalCount - pool.idleCount + pool.waitingCount, { timeout: 5_000 }).toBe(0);
    const clients = await Promise.all(Array.from({ length: MAX }, () => pool.connect()));
    for (const client of clients) client.release();
    expect([pool.totalCount, pool.waitingCount]).toEqual([MAX, 0]);
  }

  describe.each(POOLS)("seen by a pool %s", (_name, config) => {
    it.each<[string, (proxy: FaultProxy) => Outage]>([
      ["is silent, until it goes on", (proxy) => ({ begin: () => proxy.fallSilent(), end: () => proxy.speak() })],
      [
        "is shut down by who administers it, and started anew",
        () => ({ begin: () => server.stop("SIGINT"), end: () => server.start() }),
      ],
      ["crashes, and is started anew", () => ({ begin: () => server.stop("SIGQUIT"), end: () => server.start() })],
      ["refuses connections", (proxy) => ({ begin: () => proxy.refuse(), end: () => proxy.accept() })],
    ])("that %s: 503 in time, nothing is lost, and all goes on by itself", async (_how, outageOf) => {
      await withApp(config, async (app, proxy) => expectSurvival(app, outageOf(proxy)));
    });

    it("that loses the connection at a write: no grant is lost", async () => {
      await withApp(config, async (app, proxy) => expectWritesSurvive(app, (when) => proxy.cutAt("v1.", when)));
    });
  });

  const [, advised] = POOLS[0]!;

  it("that is behind a firewall which forgets connections: the pool opens others", async () => {
    await withApp(advised, async (app, proxy) => {
      await expectSurvival(app, { begin: () => proxy.fallSilent(), end: () => proxy.speakToNewConnections() });
    });
  });

  it("whose transactions are read-only: what is granted can be used, and a write that fails changes nothing", async () => {
    await withApp(advised, async (app) => {
      const setReadOnly = async (value: string) => {
        await execute(`ALTER ROLE app SET default_transaction_read_only = ${value}`);
        await endConnections();
      };
      await expectSurvival(app, { begin: () => setReadOnly("on"), end: () => setReadOnly("off"), still: ["read"] });
    });
  });

  it("that has no connection left", async () => {
    await withApp(advised, async (app) => {
      await expectSurvival(app, {
        async begin() {
          await execute("ALTER ROLE app CONNECTION LIMIT 0");
          await endConnections();
        },
        end: () => execute("ALTER ROLE app CONNECTION LIMIT -1"),
      });
    });
  });

  it("that ends connections at work, again and again: each request is answered, and none for long", async () => {
    await withApp(advised, async ({ attack }) => {
      const { victim } = attack;
      await attack.signIn(victim, "/drive");
      const statuses = new Set<number>();
      for (let round = 0; round < 10; round++) {
        const asked = Promise.all(Array.from({ length: 8 }, () => victim.call("/drive")));
        await endConnections();
        for (const { status } of await asked) statuses.add(status);
      }
      for (const status of statuses) expect([200, 503]).toContain(status);
      expect((await victim.call("/drive")).status).toBe(200);
    });
  });

  it("whose transactions are serializable: what fails for another's sake changes nothing, and works the next time", async () => {
    const config = { options: "-c default_transaction_isolation=serializable" };
    await withApp(config, async ({ store }) => {
      const key = { client: "client", owner: "owner", account: "account" };
      const grant = { id: "grant", payload: "v1.sealed" };
      const write = async () => store.put(key, { ...grant, version: 2 }, { ifVersion: 1 });
      await store.put(key, { ...grant, version: 1 }, { ifVersion: 0 });
      const failure = await admin(async (other) => {
        await other.query("BEGIN; UPDATE scopegate_grants SET written = written");
        const writing = write().catch((error: unknown) => error);
        const waiting = "SELECT 1 FROM pg_stat_activity WHERE usename = 'app' AND wait_event_type = 'Lock'";
        await expect.poll(async () => (await execute(waiting)).rowCount, { timeout: 8_000 }).toBe(1);
        await other.query("COMMIT");
        return writing;
      });
      expect(failure).toMatchObject({ code: "40001" });
      expect((await store.get(key))?.version).toBe(1);
      expect(await write()).toBe(true);
    });
  });

  it.each([
    ["ends an app that does not listen for `error`", "", "ended"],
    [
      "does not end an app that listens for `error`",
      'pool.on("error", () => setTimeout(process.exit, 50, 0));',
      "went on",
    ],
  ])("that closes an idle connection %s", async (_what, listen, fate) => {
    const program = `
      import { Pool } from "pg";
      const pool = new Pool(${JSON.stringify(configOf(server.port))});
      ${listen}
      await pool.query("SELECT 1");
      console.log("connected");`;
    expect(await fateOf(program, endConnections)).toBe(fate);
  });
});
