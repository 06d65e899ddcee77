import { asOwnerId } from "@scopegate/core/store-kit";
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

/** Pools as apps configure them. Each app listens for `error`. */
const POOLS: readonly (readonly [name: string, config: PoolConfig])[] = [
  ["with the advised limits", { connectionTimeoutMillis: 1_500, query_timeout: 1_500 }],
  ["with default options", {}],
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

  /** Runs work as the server's administrator, without the proxy. */
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

  /** Expects that every connection is back in the pool, and that the pool can open all that it may have. */
  async function expectIdle(pool: Pool): Promise<void> {
    await expect.poll(() => pool.totalCount - pool.idleCount + pool.waitingCount).toBe(0);
    const clients = await Promise.all(Array.from({ length: MAX }, () => pool.connect()));
    for (const client of clients) client.release();
    expect([pool.totalCount, pool.waitingCount]).toEqual([MAX, 0]);
  }

  describe.each(POOLS)("used by a pool %s", (_name, config) => {
    it.each<[string, (proxy: FaultProxy) => Outage]>([
      ["hangs, and then goes on", (proxy) => ({ begin: () => proxy.fallSilent(), end: () => proxy.speak() })],
      [
        "is shut down by its administrator, and restarted",
        () => ({ begin: () => server.stop("SIGINT"), end: () => server.start() }),
      ],
      ["crashes, and is restarted", () => ({ begin: () => server.stop("SIGQUIT"), end: () => server.start() })],
      ["refuses connections", (proxy) => ({ begin: () => proxy.refuse(), end: () => proxy.accept() })],
    ])("makes the app respond with 503, loses nothing, and recovers by itself: it %s", async (_how, outageOf) => {
      await withApp(config, async (app, proxy) => expectSurvival(app, outageOf(proxy)));
    });

    it("loses no grant if the connection fails at a write", async () => {
      await withApp(config, async (app, proxy) => expectWritesSurvive(app, (when) => proxy.cutAt("v1.", when)));
    });
  });

  const [, advised] = POOLS[0]!;

  it("recovers on new connections behind a firewall that forgot the old ones", async () => {
    await withApp(advised, async (app, proxy) => {
      await expectSurvival(app, { begin: () => proxy.fallSilent(), end: () => proxy.speakToNewConnections() });
    });
  });

  it("lets users use their grants while transactions are read-only, and a failed write changes nothing", async () => {
    await withApp(advised, async (app) => {
      const setReadOnly = async (value: string) => {
        await execute(`ALTER ROLE app SET default_transaction_read_only = ${value}`);
        await endConnections();
      };
      await expectSurvival(app, { begin: () => setReadOnly("on"), end: () => setReadOnly("off"), still: ["read"] });
    });
  });

  it("recovers after it had no connection left", async () => {
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

  it("responds to every request while the server keeps ending connections at work", async () => {
    await withApp(advised, async ({ attack }) => {
      const { victim } = attack;
      await attack.signIn(victim, "/drive");
      const statuses = new Set<number>();
      for (let round = 0; round < 10; round++) {
        const requests = Promise.all(Array.from({ length: 8 }, () => victim.call("/drive")));
        await endConnections();
        for (const { status } of await requests) statuses.add(status);
      }
      for (const status of statuses) expect([200, 503]).toContain(status);
      expect((await victim.call("/drive")).status).toBe(200);
    });
  });

  it("rejects one of two serializable writes without a change, and the next attempt works", async () => {
    const config = { options: "-c default_transaction_isolation=serializable" };
    await withApp(config, async ({ store }) => {
      const key = { client: "client", owner: asOwnerId("owner"), account: "account" };
      const grant = { id: "grant", payload: "v1.sealed" };
      const write = async () => store.put(key, { ...grant, version: 2 }, { ifVersion: 1 });
      await store.put(key, { ...grant, version: 1 }, { ifVersion: 0 });
      const failure = await admin(async (other) => {
        await other.query("BEGIN; UPDATE scopegate_grants SET written = written");
        const writing = write().catch((error: unknown) => error);
        const waiting = "SELECT 1 FROM pg_stat_activity WHERE usename = 'app' AND wait_event_type = 'Lock'";
        await expect.poll(async () => (await execute(waiting)).rowCount).toBe(1);
        await other.query("COMMIT");
        return writing;
      });
      expect(failure).toMatchObject({ code: "40001" });
      expect((await store.get(key))?.version).toBe(1);
      expect(await write()).toBe(true);
    });
  });

  it.each([
    ["that does not listen for `error`", "ended", ""],
    [
      "that listens for `error`",
      "went on",
      // A process that has survived the event exits by itself.
      'pool.on("error", () => setImmediate(process.exit, 0));',
    ],
  ])("closes an idle connection of an app %s, which %s", async (_app, fate, listen) => {
    const program = `
      import { Pool } from "pg";
      const pool = new Pool(${JSON.stringify(configOf(server.port))});
      ${listen}
      await pool.query("SELECT 1");
      console.log("connected");`;
    expect(await fateOf(program, endConnections)).toBe(fate);
  });
});
