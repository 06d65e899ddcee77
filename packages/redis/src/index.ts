export type { IoRedisClient, NodeRedisClient, NodeRedisCluster, RedisTokenStoreClient } from "./client.ts";
export { redisTokenStore } from "./redis-token-store.ts";
export type { RedisTokenStoreOptions } from "./redis-token-store.ts";
