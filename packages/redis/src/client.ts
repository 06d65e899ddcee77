/** What the store needs of a client of `ioredis`, or of its cluster client. */
export interface IoRedisClient {
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
}

/** What the store needs of a client of `redis` (node-redis). */
export interface NodeRedisClient {
  sendCommand(args: readonly string[]): Promise<unknown>;
}

/** What the store needs of a cluster client of `redis` (node-redis). */
export interface NodeRedisCluster {
  readonly slots: unknown;
  sendCommand(firstKey: string | undefined, isReadonly: boolean | undefined, args: string[]): Promise<unknown>;
}

/** Any client that the store works with. */
export type RedisTokenStoreClient = IoRedisClient | NodeRedisClient | NodeRedisCluster;

/** Sends one command. `key` is the first of its keys, for clusters. */
export type Send = (key: string, ...command: readonly string[]) => Promise<unknown>;

/** @throws TypeError for what is no client */
export function sendBy(client: RedisTokenStoreClient): Send {
  const known = (client ?? {}) as Partial<IoRedisClient & NodeRedisClient & NodeRedisCluster>;
  // `ioredis` has a `sendCommand` too, of another kind.
  if (typeof known.call === "function") {
    return (_key, command, ...args) => (client as IoRedisClient).call(command, ...args);
  }
  if (typeof known.sendCommand !== "function") {
    throw new TypeError(
      "redisTokenStore: `client` must be a client of `redis` or `ioredis`, or one of their cluster clients",
    );
  }
  return "slots" in known
    ? // Never read-only: a replica that lags shows grants that were revoked.
      (key, ...command) => (client as NodeRedisCluster).sendCommand(key, false, [...command])
    : (_key, ...command) => (client as NodeRedisClient).sendCommand(command);
}
