// The packed Redis store, as far as it goes without a server: it takes the clients of both libraries.
// Needs: ioredis, redis
import assert from "node:assert/strict";
import { asOwnerId } from "@scopegate/core/store-kit";
import { redisTokenStore } from "@scopegate/redis";
import { Redis } from "ioredis";
import { createClient, createCluster } from "redis";

const ioRedis = new Redis({ lazyConnect: true, host: "127.0.0.1", port: 1, retryStrategy: () => null });
ioRedis.on("error", () => undefined);
// None of these is connected: a store that cannot be reached rejects.
for (const client of [createClient(), createCluster({ rootNodes: [{ url: "redis://127.0.0.1:1" }] }), ioRedis]) {
  const store = redisTokenStore({ client, prefix: "app" });
  assert.deepEqual(store.capabilities, { durable: true, shared: true });
  await assert.rejects(async () => store.get({ client: "client", owner: asOwnerId("user:1"), account: "subject" }));
}
ioRedis.disconnect();
assert.throws(() => redisTokenStore({ client: createClient(), prefix: "{app}" }), TypeError);
