import type { TokenStore } from "@scopegate/core";
import type { GrantKey } from "@scopegate/core/store-kit";
import { createLeaser } from "@scopegate/core/store-kit";
import { sendBy } from "./client.ts";
import type { RedisTokenStoreClient } from "./client.ts";
import { leaseTable } from "./lease-table.ts";
import { Names } from "./names.ts";
import { forgetMember, putRecord, readFound, readGrant, readRecord, removeRecord } from "./records.ts";
import type { Found } from "./records.ts";
import { createScript } from "./script.ts";
import { WideIndex } from "./wide-index.ts";

/** Options of {@link redisTokenStore}. */
export interface RedisTokenStoreOptions {
  /**
   * A connected client or cluster client of `redis` or `ioredis`, which the app creates and closes. Set
   * `disableOfflineQueue` (`redis`), or `enableOfflineQueue: false` and `maxRetriesPerRequest: 0` (`ioredis`), so that
   * requests fail at once where Redis is down.
   */
  readonly client: RedisTokenStoreClient;
  /** The prefix of all keys: text without braces. Apps with different client IDs may share a prefix. Default `scopegate`. */
  readonly prefix?: string;
  /** How long a lease outlives a process that died, in milliseconds: a whole number from 100 to 600,000. Default 15,000. */
  readonly leaseMs?: number;
}

/** How many grants `entries` reads at a time. */
const PAGE = 100;

const keepLatest = createScript(`
local present = redis.call("GET", KEYS[1])
if not present or tonumber(present) < tonumber(ARGV[1]) then redis.call("SET", KEYS[1], ARGV[1]) end
return 1`);

/**
 * Creates a token store in Redis (6.2 or later) or Valkey, alone or as a cluster, which any number of processes and
 * machines can share. Grants are as durable as the server's configuration makes them: use `appendonly yes`, and
 * `maxmemory-policy noeviction`.
 *
 * @throws TypeError where an option is missing or out of range; the message names the option
 *
 * @example
 * ```ts
 * import { googleOAuth } from "@scopegate/express";
 * import { redisTokenStore } from "@scopegate/redis";
 * import { createClient } from "redis";
 *
 * const client = createClient({ url: process.env["REDIS_URL"]!, disableOfflineQueue: true });
 * client.on("error", (error) => console.error(error));
 * await client.connect();
 * const google = googleOAuth({
 *   store: redisTokenStore({ client }),
 *   encryptionKeys: [process.env["GRANT_KEY"]!], // `openssl rand -base64 32`
 * });
 * ```
 */
export function redisTokenStore(options: RedisTokenStoreOptions): TokenStore {
  const send = sendBy(options.client);
  const names = new Names(checkPrefix(options.prefix ?? "scopegate"));
  const wide = new WideIndex(send);
  const exclusively = createLeaser(leaseTable(send, names), { leaseMs: options.leaseMs, caller: "redisTokenStore" });

  const digestIndexes = (client: string, digests: readonly string[]) =>
    [...new Set(digests)].map((digest) => names.ofIndex(client, "digest", digest));
  const prune = (indexes: readonly string[], member: string) =>
    Promise.all(indexes.map((index) => wide.prune(index, member)));

  /** The keys of the grants that an index over several owners refers to. Entries that are out of date are skipped and removed. */
  const findWide = async (client: string, index: string, matches: (found: Found) => boolean) => {
    const members = await wide.members(index);
    const found = await Promise.all(
      members.map(async (member): Promise<GrantKey[]> => {
        const itsGrant = await readFound(send, client, names.ofMember(client, member).grant);
        if (itsGrant !== undefined && matches(itsGrant)) return [itsGrant.key];
        await wide.prune(index, member);
        return [];
      }),
    );
    return found.flat();
  };

  return {
    capabilities: { durable: true, shared: true },
    get: (key) => readGrant(send, names.ofGrant(key).grant),
    async put(key, grant, putOptions = {}) {
      const { digests = [] } = putOptions;
      const its = names.ofGrant(key);
      const indexes = [names.ofIndex(key.client, "subject", key.account), ...digestIndexes(key.client, digests)];
      const indexedAt = Math.min(...(await Promise.all(indexes.map((index) => wide.add(index, its.member)))));
      const before = await putRecord(send, its, { key, grant, digests }, putOptions, indexedAt);
      if (before === undefined) return false;
      const obsolete = before.filter((digest) => !digests.includes(digest));
      await prune(digestIndexes(key.client, obsolete), its.member);
      return true;
    },
    async delete(key, { ifVersion } = {}) {
      const its = names.ofGrant(key);
      const digests = await removeRecord(send, its, ifVersion);
      if (digests === undefined) return false;
      const indexes = [names.ofIndex(key.client, "subject", key.account), ...digestIndexes(key.client, digests)];
      await prune(indexes, its.member);
      return true;
    },
    async list(client, owner) {
      const accounts = names.accountsOf(client, owner);
      const members = (await send(accounts, "ZREVRANGE", accounts, "0", "-1")) as string[];
      const found = await Promise.all(
        members.map(async (member) => {
          const { grant } = names.ofMember(client, member);
          const itsGrant = await readFound(send, client, grant);
          if (itsGrant === undefined) await forgetMember(send, grant, accounts, member);
          return itsGrant;
        }),
      );
      return found.flatMap((itsGrant) => (itsGrant === undefined ? [] : [itsGrant.key]));
    },
    keysOf: (client, subject) =>
      findWide(client, names.ofIndex(client, "subject", subject), ({ key }) => key.account === subject),
    byTokenDigest: (client, digest) =>
      findWide(client, names.ofIndex(client, "digest", digest), ({ digests }) => digests.includes(digest)),
    async *entries(client) {
      for (const { all } of names.buckets(client)) {
        // In the order of names, so that writes and deletions meanwhile do not move the position.
        for (let after = "-"; ;) {
          const members = (await send(all, "ZRANGEBYLEX", all, after, "+", "LIMIT", "0", String(PAGE))) as string[];
          const grants = members.map((member) => names.ofMember(client, member).grant);
          const records = await Promise.all(grants.map((grant) => readRecord(send, client, grant)));
          for (const [index, record] of records.entries()) {
            if (record === undefined) await forgetMember(send, grants[index]!, all, members[index]!);
            else yield [record.key, record.grant] as const;
          }
          if (members.length < PAGE) break;
          after = `(${members.at(-1)!}`;
        }
      }
    },
    exclusively,
    async signedOutAt(client, subject) {
      const name = names.ofIndex(client, "signed-out", subject);
      const at = (await send(name, "GET", name)) as string | null;
      return at === null ? undefined : Number(at);
    },
    async setSignedOut(client, subject, at) {
      await keepLatest(send, [names.ofIndex(client, "signed-out", subject)], [at]);
    },
  };
}

function checkPrefix(prefix: string): string {
  const isText: boolean = typeof prefix === "string";
  if (!isText || prefix === "" || /[{}]/.test(prefix)) {
    throw new TypeError(
      'redisTokenStore: `prefix` must be text without braces, such as "my-app"; braces would put all keys into one slot of a cluster',
    );
  }
  return prefix;
}
