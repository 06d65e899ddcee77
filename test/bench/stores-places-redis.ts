import { redisTokenStore } from "@scopegate/redis";
import { Names } from "../../packages/redis/src/names.ts";
import { createScript, NOW } from "../../packages/redis/src/script.ts";
import type { Place } from "./stores-places.ts";
import type { SealedRecord } from "./stores-records.ts";

/** What filling needs of a client of `redis`. */
interface Client {
  sendCommand(args: readonly string[]): Promise<unknown>;
  info(section: string): Promise<string>;
}

/** Arguments a grant has in {@link write}. */
const FIELDS = 12;
/** Grants in one call of the script. The server does nothing else meanwhile. */
const CHUNK = 100;

// Its keys are arguments: there are hundreds, and this is no cluster.
const write = createScript(`${NOW}
for at = 1, #ARGV, ${FIELDS} do
  local grant, member, accounts, all = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  redis.call("HSET", grant, "id", ARGV[at + 7], "version", ARGV[at + 8], "payload", ARGV[at + 9],
    "digests", ARGV[at + 10], "key", ARGV[at + 11])
  redis.call("ZADD", accounts, 1, member)
  redis.call("ZADD", all, 0, member)
  for index = at + 4, at + 6 do redis.call("ZADD", ARGV[index], now, member) end
end
return 1`);

/** Keys with a prefix, written by a script for many grants at a time. */
export async function makeRedisPlace(client: Client, prefix: string): Promise<Place> {
  const names = new Names(prefix);
  const send = (_key: string, ...command: readonly string[]) => client.sendCommand(command);
  let used = 0;
  return {
    store: redisTokenStore({ client, prefix }),
    async load(records) {
      const before = await usedMemory(client);
      for (let at = 0; at < records.length; at += CHUNK) {
        const chunk = records.slice(at, at + CHUNK).flatMap((record) => argumentsOf(names, record));
        await write(send, [prefix], chunk);
      }
      used += (await usedMemory(client)) - before;
    },
    async settle() {},
    sizes: async () => ({ memory: used }),
    async [Symbol.asyncDispose]() {},
  };
}

function argumentsOf(names: Names, { key, grant, options }: SealedRecord): (string | number)[] {
  const its = names.ofGrant(key);
  const [first, second] = options.digests!;
  return [
    its.grant,
    its.member,
    its.accounts,
    its.bucket.all,
    names.ofIndex(key.client, "subject", key.account),
    names.ofIndex(key.client, "digest", first!),
    names.ofIndex(key.client, "digest", second!),
    grant.id,
    grant.version,
    grant.payload,
    JSON.stringify(options.digests),
    JSON.stringify([key.owner, key.account]),
  ];
}

async function usedMemory(client: Client): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await client.info("memory"))![1]);
}
