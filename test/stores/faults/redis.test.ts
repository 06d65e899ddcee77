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

/** Clients as apps set them up: as the README advises, and as they come. Each app listens for `error`. */
const CLIENTS: readonly (readonly [name: string, open: (port: number) => Promise<OpenClient>])[] = [
  [
    "redis, as advised",
    (port) =>
      openNodeRedis({
        socket: { host: "127.0.0.1", port, connectTimeout: 1_000, socketTimeout: 2_000 },
        pingInterval: 500,
        disableOfflineQueue: true,
      }),
  ],
  ["redis, as it comes", (port) => openNodeRedis({ socket: { host: "127.0.0.1", port } })],
  [
    "ioredis, as advised",
    (port) =>
      openIoRedis(new Redis({ port, enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 1_000 })),
  ],
  ["ioredis, as it comes", (port) => openIoRedis(new Redis({ port }))],
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

/** Whether a replica has all that its primary has. */
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

  /** A command of who administers the server, on a connection of its own. */
  async function command(...args: string[]): Promise<unknown> {
    return commandAt(server.port, ...args);
  }

  async function foreignKeys(): Promise<string[]> {
    const names = (await command("KEYS", "*")) as string[];
    return names.filter((name) => !name.startsWith("scopegate:"));
  }

  describe.each(CLIENTS)("seen by %s", (_name, open) => {
    it.each<[string, () => Outage]>([
      [
        "accepts and never answers, until it goes on",
        () => ({ begin: () => server.signal("SIGSTOP"), end: () => server.signal("SIGCONT") }),
      ],
      ["is killed, and started anew", () => ({ begin: () => server.stop("SIGKILL"), end: () => server.start() })],
    ])("that %s: 503 in time, nothing is lost, and all goes on by itself", async (_how, outageOf) => {
      await using proxy = await FaultProxy.start(server.port);
      using opened = await open(proxy.port);
      await using app = await startFaultyApp(redisTokenStore({ client: opened.client }));
      await expectSurvival(app, outageOf());
      expect(await foreignKeys()).toEqual(["of-other-software"]);
    });

    it("that loses the connection at a write: no grant is lost", async () => {
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
  ])("that %s: what is granted can be used, and a write that fails changes nothing", async (_how, outage) => {
    using opened = await openAdvised(server.port);
    await using app = await startFaultyApp(redisTokenStore({ client: opened.client }));
    await expectSurvival(app, outage);
    expect(await foreignKeys()).toEqual(["of-other-software"]);
  });

  it("whose replica takes over: users go on with what the replica had", async () => {
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
        await expect.poll(() => isInStep(primary, replica), { timeout: 8_000 }).toBe(true);
        await primary.stop("SIGKILL");
      },
      async end() {
        await commandAt(replica.port, "REPLICAOF", "NO", "ONE");
        proxy.target = replica.port;
      },
    });
  });

  it("that has forgotten its scripts is sent them again", async () => {
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
    ["ends an app of redis that does not listen for `error`", () => nodeRedis(""), "ended"],
    ["does not end one that does", () => nodeRedis('client.on("error", () => undefined);'), "went on"],
    [
      "does not end an app of ioredis",
      () => `
        import { Redis } from "ioredis";
        const client = new Redis(${server.port});
        await client.ping();`,
      "went on",
    ],
  ])("that closes a connection %s", async (_what, connect, fate) => {
    const program = `${connect()}
      client.on("ready", () => process.exit(0));
      console.log("connected");`;
    expect(await fateOf(program, () => command("CLIENT", "KILL", "TYPE", "normal"))).toBe(fate);
  });
});
