/** The method that the store uses of a client or cluster client of `ioredis`. */
export interface IoRedisClient {
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
}

/** The method that the store uses of a client of `redis` (node-redis). */
export interface NodeRedisClient {
  sendCommand(args: readonly string[]): Promise<unknown>;
}

/** The members that the store uses of a cluster client of `redis` (node-redis). */
export interface NodeRedisCluster {
  readonly slots: unknown;
  sendCommand(firstKey: string | undefined, isReadonly: boolean | undefined, args: string[]): Promise<unknown>;
}

/** A client that the store can use. */
export type RedisTokenStoreClient = IoRedisClient | NodeRedisClient | NodeRedisCluster;

/** Sends one command. `key` is the first key of the command, by which a cluster client chooses the node. */
export type Send = (key: string, ...command: readonly string[]) => Promise<unknown>;

/**
 * The function that sends commands by a client.
 * @throws TypeError where `client` is neither a client of `redis` nor of `ioredis`
 */
export function sendBy(client: RedisTokenStoreClient): Send {
  const known = (client ?? {}) as Partial<IoRedisClient & NodeRedisClient & NodeRedisCluster>;
  // `ioredis` comes first: it also has a `sendCommand`, with other parameters.
  if (typeof known.call === "function") {
    return (_key, command, ...args) => (client as IoRedisClient).call(command, ...args);
  }
  if (typeof known.sendCommand !== "function") {
    throw new TypeError(
      "redisTokenStore: `client` must be a client or cluster client of `redis` or `ioredis`, such as `createClient({ url })`",
    );
  }
  return "slots" in known
    ? // Never read-only: a replica may still have grants that were revoked on the primary.
      (key, ...command) => (client as NodeRedisCluster).sendCommand(key, false, [...command])
    : (_key, ...command) => (client as NodeRedisClient).sendCommand(command);
}
