// The packed Redis store: it takes the clients of both libraries. Where a server runs, each of them holds the contract.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { tokenStoreContract } from "@scopegate/core/store-contract";
import { asOwnerId } from "@scopegate/core/store-kit";
import { redisTokenStore } from "@scopegate/redis";
import { Redis } from "ioredis";
import { createClient, createCluster } from "redis";

const absent = new Redis({ lazyConnect: true, host: "127.0.0.1", port: 1, retryStrategy: () => null });
absent.on("error", () => undefined);
// None of these is connected: a store that cannot be reached rejects.
for (const client of [createClient(), createCluster({ rootNodes: [{ url: "redis://127.0.0.1:1" }] }), absent]) {
  const store = redisTokenStore({ client, prefix: "app" });
  assert.deepEqual(store.capabilities, { durable: true, shared: true });
  await assert.rejects(async () => store.get({ client: "client", owner: asOwnerId("user:1"), account: "subject" }));
}
absent.disconnect();
assert.throws(() => redisTokenStore({ client: createClient(), prefix: "{app}" }), TypeError);

const url = process.env["SMOKE_REDIS"];
if (url !== undefined) {
  const prefix = `smoke-${randomUUID()}`;
  const nodeRedis = createClient({ url });
  const ioRedis = new Redis(url);
  await nodeRedis.connect();
  for (const client of [nodeRedis, ioRedis]) {
    for (const { run } of tokenStoreContract(() => redisTokenStore({ client, prefix }))) await run();
  }
  const keys = await ioRedis.keys(`${prefix}*`);
  if (keys.length > 0) await ioRedis.del(keys);
  await nodeRedis.close();
  ioRedis.disconnect();
}
