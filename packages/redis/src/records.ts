import type { GrantKey, PutOptions, StoredGrant } from "@scopegate/core/store-kit";
import { asOwnerId } from "@scopegate/core/store-kit";
import type { Send } from "./client.ts";
import { FENCE_MEMORY_MS } from "./lease-table.ts";
import type { GrantNames } from "./names.ts";
import { createScript, NOW } from "./script.ts";
import { WRITE_WITHIN_MS } from "./wide-index.ts";

const put = createScript(`${NOW}
local grant, accounts, all, fences = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local ifVersion, fence, expiresAt, indexedAt = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if now - tonumber(indexedAt) > ${WRITE_WITHIN_MS} then return redis.error_reply("LATE the write reached the server too long after its index entries were made") end
if ifVersion ~= "" and tonumber(ifVersion) ~= tonumber(redis.call("HGET", grant, "version") or 0) then return false end
if fence ~= "" then
  if tonumber(fence) < tonumber(redis.call("HGET", fences, "barrier") or 0) then return false end
  redis.call("HSET", fences, "barrier", fence)
  redis.call("PEXPIRE", fences, ${FENCE_MEMORY_MS})
end
local digests = redis.call("HGET", grant, "digests") or "[]"
redis.call("DEL", grant)
redis.call("HSET", grant, "id", ARGV[6], "version", ARGV[7], "payload", ARGV[8], "digests", ARGV[9], "key", ARGV[10])
local latest = redis.call("ZREVRANGE", accounts, 0, 0, "WITHSCORES")
redis.call("ZADD", accounts, tonumber(latest[2] or 0) + 1, ARGV[5])
redis.call("ZADD", all, 0, ARGV[5])
if expiresAt ~= "" then redis.call("PEXPIREAT", grant, expiresAt) end
return digests`);

const remove = createScript(`
local grant, accounts, all, fences = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local version = redis.call("HGET", grant, "version")
if version and ARGV[1] ~= "" and tonumber(ARGV[1]) ~= tonumber(version) then return false end
local digests = redis.call("HGET", grant, "digests") or "[]"
redis.call("DEL", grant)
redis.call("ZREM", accounts, ARGV[2])
redis.call("ZREM", all, ARGV[2])
local fence = redis.call("HGET", fences, "fence")
if fence then
  redis.call("HSET", fences, "barrier", fence)
  redis.call("PEXPIRE", fences, ${FENCE_MEMORY_MS})
end
return digests`);

/** Removes an expired grant from an index in its slot. */
const forget = createScript(`
if redis.call("EXISTS", KEYS[1]) == 0 then redis.call("ZREM", KEYS[2], ARGV[1]) end
return 1`);

/** A grant with its key and its digests. */
export interface StoredRecord {
  readonly key: GrantKey;
  readonly grant: StoredGrant;
  readonly digests: readonly string[];
}

/** The key and the digests of a grant, without the grant itself. */
export type Found = Omit<StoredRecord, "grant">;

type Fields = readonly (string | null)[];

/** Reads a grant. */
export async function readGrant(send: Send, name: string): Promise<StoredGrant | undefined> {
  return grantOf((await send(name, "HMGET", name, "id", "version", "payload")) as Fields);
}

/** Reads the key and the digests of a grant. The record does not contain the client. */
export async function readFound(send: Send, client: string, name: string): Promise<Found | undefined> {
  return foundOf(client, (await send(name, "HMGET", name, "key", "digests")) as Fields);
}

/** Reads a grant with its key and its digests. The record does not contain the client. */
export async function readRecord(send: Send, client: string, name: string): Promise<StoredRecord | undefined> {
  const fields = (await send(name, "HMGET", name, "id", "version", "payload", "key", "digests")) as Fields;
  const grant = grantOf(fields);
  return grant && { ...foundOf(client, fields.slice(3))!, grant };
}

function grantOf([id, version, payload]: Fields): StoredGrant | undefined {
  return typeof id === "string" ? { id, version: Number(version), payload: payload! } : undefined;
}

function foundOf(client: string, [key, digests]: Fields): Found | undefined {
  if (typeof key !== "string") return undefined;
  const [owner, account] = JSON.parse(key) as [string, string];
  return { key: { client, owner: asOwnerId(owner), account }, digests: JSON.parse(digests!) as string[] };
}

function keysOf({ grant, accounts, bucket, fences }: GrantNames): string[] {
  return [grant, accounts, bucket.all, fences];
}

/**
 * Writes a grant and its entries in the indexes of its slot.
 * @param indexedAt - when its entries in the wide indexes were made, in milliseconds since the epoch by the server's clock
 * @returns the digests of the former version; `undefined` where the grant was not written
 */
export async function putRecord(
  send: Send,
  names: GrantNames,
  { key, grant, digests }: StoredRecord,
  { ifVersion, fence, expiresAt }: PutOptions,
  indexedAt: number,
): Promise<readonly string[] | undefined> {
  const conditions = [ifVersion ?? "", fence ?? "", expiresAt ?? "", indexedAt, names.member];
  // JSON escapes lone surrogates, which UTF-8 would all replace by U+FFFD.
  const content = [
    grant.id,
    grant.version,
    grant.payload,
    JSON.stringify(digests),
    JSON.stringify([key.owner, key.account]),
  ];
  const before = (await put(send, keysOf(names), [...conditions, ...content])) as string | null;
  return before === null ? undefined : (JSON.parse(before) as string[]);
}

/**
 * Deletes a grant and its entries in the indexes of its slot.
 * @returns the digests of the grant; `undefined` where the store holds another version than `ifVersion`
 */
export async function removeRecord(
  send: Send,
  names: GrantNames,
  ifVersion: number | undefined,
): Promise<readonly string[] | undefined> {
  const before = (await remove(send, keysOf(names), [ifVersion ?? "", names.member])) as string | null;
  return before === null ? undefined : (JSON.parse(before) as string[]);
}

/** Removes an expired grant from an index. A failure is ignored: the next reader finds the entry again. */
export async function forgetMember(send: Send, grant: string, index: string, member: string): Promise<void> {
  await forget(send, [grant, index], [member]).catch(() => undefined);
}
