import { randomUUID } from "node:crypto";
import { tokenStoreContract } from "@scopegate/core/store-contract";
import { asOwnerId } from "@scopegate/core/store-kit";
import { redisTokenStore } from "@scopegate/redis";
import type { RedisTokenStoreClient, RedisTokenStoreOptions } from "@scopegate/redis";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lacksServer } from "../harness/faults/servers.ts";
import { startRedisCluster } from "../harness/stores/redis-cluster.ts";
import type { RedisCluster } from "../harness/stores/redis-cluster.ts";
import { isMissing, SERVERS } from "../harness/stores/servers.ts";

// Long enough for a renewal in time on a busy machine.
const LEASE_MS = 1_000;
const prefix = `test-${randomUUID()}`;
const grant = { id: "grant", version: 1, payload: "v1.sealed" };
const key = (parts = {}) => ({
  client: `client-${randomUUID()}`,
  owner: asOwnerId("owner"),
  account: "account",
  ...parts,
});

/** Runs the contract with clients of both libraries in turn, as two processes would. */
function describeContract(clients: () => readonly RedisTokenStoreClient[]) {
  let turn = 0;
  const open = () => {
    const client = clients()[turn++ % 2]!;
    return redisTokenStore({ client, prefix, leaseMs: LEASE_MS });
  };
  it.each(tokenStoreContract(open, { leaseMs: LEASE_MS }))("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
}

describe.skipIf(await isMissing("redis"))("the Redis token store", () => {
  const nodeRedis = createClient({ url: SERVERS.redis });
  const ioRedis = new Redis(SERVERS.redis, { lazyConnect: true });

  beforeAll(async () => {
    await Promise.all([nodeRedis.connect(), ioRedis.connect()]);
  });

  afterAll(async () => {
    for await (const keys of nodeRedis.scanIterator({ MATCH: `${prefix}*`, COUNT: 1_000 })) {
      if (keys.length > 0) await nodeRedis.del(keys);
    }
    nodeRedis.destroy();
    ioRedis.disconnect();
  });

  describeContract(() => [nodeRedis, ioRedis]);

  it.each([
    ["redis", nodeRedis],
    ["ioredis", ioRedis],
  ])("works with a client of %s, and does not close it", async (_, client) => {
    const store = redisTokenStore({ client, prefix });
    const its = key();
    expect(await store.put(its, grant, { ifVersion: 0 })).toBe(true);
    expect(await store.put(its, { ...grant, version: 2 }, { ifVersion: 1, digests: ["digest"] })).toBe(true);
    expect(await store.byTokenDigest(its.client, "digest")).toEqual([its]);
    await store.close?.();
    expect(await (client as Redis).ping()).toBe("PONG");
  });

  it("sends a script in full to a server that has forgotten it", async () => {
    const store = redisTokenStore({ client: nodeRedis, prefix });
    const its = key();
    await store.put(its, grant);
    await nodeRedis.scriptFlush();
    expect(await store.put(its, { ...grant, version: 2 }, { ifVersion: 1 })).toBe(true);
    expect((await store.get(its))?.version).toBe(2);
  });

  it("lets Redis delete an expired grant, and removes its index entries at the next lookup", async () => {
    const store = redisTokenStore({ client: nodeRedis, prefix });
    const [its, another] = [key(), key({ account: "another" })];
    const lasting = { ...its, account: another.account };
    await store.put(its, grant);
    await store.put(lasting, grant);
    const namesOf = async () => {
      const names: string[] = [];
      for await (const keys of nodeRedis.scanIterator({ MATCH: `${prefix}:grant:*`, COUNT: 1_000 }))
        names.push(...keys);
      return names.length;
    };
    const before = await namesOf();
    const expiring = { expiresAt: Date.now() + 300, digests: ["digest"], ifVersion: 1 };
    await store.put(its, { ...grant, version: 2 }, expiring);
    await expect.poll(() => store.get(its)).toBeUndefined();
    expect(await store.list(its.client, asOwnerId("owner"))).toEqual([lasting]);
    expect(await store.keysOf(its.client, "account")).toEqual([]);
    expect(await store.byTokenDigest(its.client, "digest")).toEqual([]);
    for await (const [found] of store.entries(its.client)) expect(found).toEqual(lasting);
    expect(await namesOf()).toBe(before - 1);
  });

  it("removes the expiry of a grant that is written without one", async () => {
    const store = redisTokenStore({ client: nodeRedis, prefix });
    const its = key();
    await store.put(its, grant, { expiresAt: Date.now() + 60_000 });
    await store.put(its, { ...grant, version: 2 }, { ifVersion: 1 });
    const ttls: number[] = [];
    for await (const keys of nodeRedis.scanIterator({ MATCH: `${prefix}:grant:*`, COUNT: 1_000 })) {
      for (const name of keys)
        if ((await nodeRedis.hGet(name, "version")) === "2") ttls.push(await nodeRedis.pTTL(name));
    }
    expect(ttls).toContain(-1);
  });

  it("ignores index entries without a grant, which a crash between the two writes leaves", async () => {
    let isCrashed = false;
    const crashing = {
      sendCommand: (args: readonly string[]) => {
        // The script that writes the grant is the only one with four keys.
        if (isCrashed && args[0]!.startsWith("EVAL") && args[2] === "4") return Promise.reject(new Error("killed"));
        return nodeRedis.sendCommand(args);
      },
    };
    const store = redisTokenStore({ client: crashing, prefix });
    const its = key();
    isCrashed = true;
    await expect(store.put(its, grant, { digests: ["digest"] })).rejects.toThrow("killed");
    isCrashed = false;
    expect(await store.keysOf(its.client, "account")).toEqual([]);
    expect(await store.byTokenDigest(its.client, "digest")).toEqual([]);
    // The lookups have not removed the entry, which could belong to a write in progress.
    expect(await store.put(its, grant, { digests: ["digest"] })).toBe(true);
    expect(await store.keysOf(its.client, "account")).toEqual([its]);
  });

  it("keeps the index entry of a write in progress", async () => {
    const written = Promise.withResolvers<void>();
    const indexed = Promise.withResolvers<void>();
    const slow = {
      async sendCommand(args: readonly string[]) {
        if (args[0]!.startsWith("EVAL") && args[2] === "4") {
          indexed.resolve();
          await written.promise;
        }
        return nodeRedis.sendCommand(args);
      },
    };
    const its = key();
    const writing = redisTokenStore({ client: slow, prefix }).put(its, grant, { digests: ["digest"] });
    await indexed.promise;
    const store = redisTokenStore({ client: ioRedis, prefix });
    expect(await store.keysOf(its.client, "account")).toEqual([]);
    written.resolve();
    expect(await writing).toBe(true);
    expect(await store.keysOf(its.client, "account")).toEqual([its]);
    expect(await store.byTokenDigest(its.client, "digest")).toEqual([its]);
  });

  it("rejects a write so late that its index entries may have been removed", async () => {
    // As if a command had waited in the queue of a client for six minutes.
    const late = {
      async sendCommand(args: readonly string[]) {
        const reply = await nodeRedis.sendCommand(args);
        return args[0]!.startsWith("EVAL") && args[2] === "1" ? Number(reply) - 6 * 60_000 : reply;
      },
    };
    const its = key();
    await expect(redisTokenStore({ client: late, prefix }).put(its, grant)).rejects.toThrow(/^LATE /);
    expect(await redisTokenStore({ client: nodeRedis, prefix }).get(its)).toBeUndefined();
  });

  it("removes index entries that are too old for a write in progress", async () => {
    const store = redisTokenStore({ client: nodeRedis, prefix });
    const its = key({ account: `account-${randomUUID()}` });
    const before = await subjectIndexes();
    await store.put(its, grant);
    const index = [...(await subjectIndexes()).difference(before)][0]!;
    const [member] = await nodeRedis.zRange(index, 0, -1);
    await store.delete(its);
    expect(await nodeRedis.zCard(index)).toBe(1);
    await nodeRedis.zAdd(index, { score: Date.now() - 11 * 60_000, value: member! });
    expect(await store.keysOf(its.client, its.account)).toEqual([]);
    expect(await nodeRedis.exists(index)).toBe(0);
  });

  async function subjectIndexes(): Promise<Set<string>> {
    const names = new Set<string>();
    for await (const keys of nodeRedis.scanIterator({ MATCH: `${prefix}:subject:*`, COUNT: 1_000 })) {
      for (const name of keys) names.add(name);
    }
    return names;
  }
});

describe.skipIf(lacksServer("redis"))("the Redis token store in a cluster", () => {
  let cluster: RedisCluster;
  let nodeRedis: ReturnType<typeof createCluster>;
  let ioRedis: Cluster;

  beforeAll(async () => {
    cluster = await startRedisCluster();
    nodeRedis = createCluster({ rootNodes: cluster.ports.map((port) => ({ socket: { host: "127.0.0.1", port } })) });
    await nodeRedis.connect();
    ioRedis = new Cluster(cluster.ports.map((port) => ({ host: "127.0.0.1", port })));
  });

  afterAll(async () => {
    nodeRedis?.destroy();
    ioRedis?.disconnect();
    await cluster?.[Symbol.asyncDispose]();
  });

  describeContract(() => [nodeRedis, ioRedis]);
});

describe("the options of the Redis token store", () => {
  const client = { sendCommand: () => Promise.reject(new Error("not asked")) };
  it.each<[string, unknown]>([
    ["no client", {}],
    ["an address", { client: "redis://127.0.0.1" }],
    ["a prefix with braces", { client, prefix: "{app}" }],
    ["an empty prefix", { client, prefix: "" }],
    ["a lease without end", { client, leaseMs: Infinity }],
  ])("reject %s with the name of the option", (_, options) => {
    expect(() => redisTokenStore(options as RedisTokenStoreOptions)).toThrow(
      /^redisTokenStore: .*`(client|prefix|leaseMs)`/,
    );
  });
});
