import { redisTokenStore } from "@scopegate/redis";
import type { RedisTokenStoreClient } from "@scopegate/redis";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fateOf } from "../../harness/faults/child.ts";
import type { Outage } from "../../harness/faults/outage.ts";
import { expectSurvival, expectWritesSurvive, startFaultyApp } from "../../harness/faults/outage.ts";
import { FaultProxy } from "../../harness/faults/proxy.ts";
import { lacksServer, startOwnRedis } from "../../harness/faults/servers.ts";
import type { OwnServer } from "../../harness/faults/servers.ts";

interface OpenClient extends Disposable {
  readonly client: RedisTokenStoreClient;
}

const HOUR = 3_600_000;
const ignore = () => undefined;

/** Clients with the options that the README advises, and with their defaults. Each app listens for `error`. */
const CLIENTS: readonly (readonly [name: string, open: (port: number) => Promise<OpenClient>])[] = [
  [
    "redis with the advised options",
    (port) =>
      openNodeRedis({
        socket: { host: "127.0.0.1", port, connectTimeout: 1_000, socketTimeout: 2_000 },
        pingInterval: 500,
        disableOfflineQueue: true,
      }),
  ],
  ["redis with default options", (port) => openNodeRedis({ socket: { host: "127.0.0.1", port } })],
  [
    "ioredis with the advised options",
    (port) =>
      openIoRedis(new Redis({ port, enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 1_500 })),
  ],
  ["ioredis with default options", (port) => openIoRedis(new Redis({ port }))],
];

async function openNodeRedis(options: Parameters<typeof createClient>[0]): Promise<OpenClient> {
  const client = createClient(options);
  client.on("error", ignore);
  await client.connect();
  return { client, [Symbol.dispose]: () => client.destroy() };
}

async function openIoRedis(client: Redis): Promise<OpenClient> {
  client.on("error", ignore);
  if (client.status !== "ready") await new Promise((resolve) => client.once("ready", resolve));
  return { client, [Symbol.dispose]: () => client.disconnect() };
}

async function commandAt(port: number, ...args: string[]): Promise<unknown> {
  const client = await createClient({ socket: { host: "127.0.0.1", port } }).connect();
  try {
    return await client.sendCommand(args);
  } finally {
    client.destroy();
  }
}

/** Whether a replica has all the data of its primary. */
async function isInStep(primary: OwnServer, replica: OwnServer): Promise<boolean> {
  const [theirs, ours] = await Promise.all(
    [primary, replica].map(async ({ port }) => String(await commandAt(port, "INFO", "replication"))),
  );
  const offset = /master_repl_offset:(\d+)/;
  return /master_link_status:up/.test(ours!) && offset.exec(theirs!)![1] === offset.exec(ours!)![1];
}

describe.skipIf(lacksServer("redis"))("a Redis that fails", () => {
  let server: OwnServer;

  beforeAll(async () => {
    server = await startOwnRedis();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await command("FLUSHALL");
    await command("SET", "of-other-software", "1");
  });

  /** Sends a command as the server's administrator, on a separate connection. */
  async function command(...args: string[]): Promise<unknown> {
    return commandAt(server.port, ...args);
  }

  async function foreignKeys(): Promise<string[]> {
    const names = (await command("KEYS", "*")) as string[];
    return names.filter((name) => !name.startsWith("scopegate:"));
  }

  describe.each(CLIENTS)("used by %s", (_name, open) => {
    it.each<[string, () => Outage]>([
      [
        "accepts connections and hangs, and then goes on",
        () => ({ begin: () => server.signal("SIGSTOP"), end: () => server.signal("SIGCONT") }),
      ],
      ["is killed, and restarted", () => ({ begin: () => server.stop("SIGKILL"), end: () => server.start() })],
    ])("makes the app respond with 503, loses nothing, and recovers by itself: it %s", async (_how, outageOf) => {
      await using proxy = await FaultProxy.start(server.port);
      using opened = await open(proxy.port);
      await using app = await startFaultyApp(redisTokenStore({ client: opened.client }));
      await expectSurvival(app, outageOf());
      expect(await foreignKeys()).toEqual(["of-other-software"]);
    });

    it("loses no grant if the connection fails at a write", async () => {
      await using proxy = await FaultProxy.start(server.port);
      using opened = await open(proxy.port);
      await using app = await startFaultyApp(redisTokenStore({ client: opened.client }));
      await expectWritesSurvive(app, (when) => proxy.cutAt("v1.", when));
    });
  });

  const [, openAdvised] = CLIENTS[0]!;

  it.each<[string, Outage]>([
    [
      "has become a read-only replica",
      {
        begin: () => command("REPLICAOF", "127.0.0.1", "1"),
        end: () => command("REPLICAOF", "NO", "ONE"),
        still: ["read"],
      },
    ],
    [
      "has no memory left",
      {
        begin: () => command("CONFIG", "SET", "maxmemory", "1"),
        end: () => command("CONFIG", "SET", "maxmemory", "0"),
        still: ["read", "delete"],
      },
    ],
  ])("lets users use their grants, and a failed write changes nothing: it %s", async (_how, outage) => {
    using opened = await openAdvised(server.port);
    await using app = await startFaultyApp(redisTokenStore({ client: opened.client }));
    await expectSurvival(app, outage);
    expect(await foreignKeys()).toEqual(["of-other-software"]);
  });

  it("lets users go on with the grants of a replica that takes over", async () => {
    await using primary = await startOwnRedis();
    await using replica = await startOwnRedis(
      "--replicaof",
      "127.0.0.1",
      String(primary.port),
      "--repl-diskless-sync-delay",
      "0",
    );
    await using proxy = await FaultProxy.start(primary.port);
    using opened = await openAdvised(proxy.port);
    await using app = await startFaultyApp(redisTokenStore({ client: opened.client }));
    await expectSurvival(app, {
      async begin() {
        await expect.poll(() => isInStep(primary, replica)).toBe(true);
        await primary.stop("SIGKILL");
      },
      async end() {
        await commandAt(replica.port, "REPLICAOF", "NO", "ONE");
        proxy.target = replica.port;
      },
    });
  });

  it("receives its scripts again after it forgot them", async () => {
    using opened = await openAdvised(server.port);
    await using app = await startFaultyApp(redisTokenStore({ client: opened.client }));
    await app.attack.signIn(app.attack.victim, "/drive");
    await command("SCRIPT", "FLUSH");
    app.attack.google.clock.advance(HOUR);
    expect((await app.attack.victim.call("/token")).json["token"]).toMatch(/^ya29\./);
  });

  const nodeRedis = (listen: string) => `
    import { createClient } from "redis";
    const client = createClient({ socket: { host: "127.0.0.1", port: ${server.port} } });
    ${listen}
    await client.connect();`;
  it.each([
    ["redis that does not listen for `error`", "ended", () => nodeRedis("")],
    ["redis that listens for `error`", "went on", () => nodeRedis('client.on("error", () => undefined);')],
    [
      "ioredis",
      "went on",
      () => `
        import { Redis } from "ioredis";
        const client = new Redis(${server.port});
        await client.ping();`,
    ],
  ])("closes a connection of an app of %s, which %s", async (_client, fate, connect) => {
    const program = `${connect()}
      client.on("ready", () => process.exit(0));
      console.log("connected");`;
    expect(await fateOf(program, () => command("CLIENT", "KILL", "TYPE", "normal"))).toBe(fate);
  });
});
