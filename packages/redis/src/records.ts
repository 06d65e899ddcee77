import type { GrantKey, PutOptions, StoredGrant } from "@scopegate/core";
import type { Send } from "./client.ts";
import { FENCE_MEMORY_MS } from "./lease-table.ts";
import type { GrantNames } from "./names.ts";
import { createScript, NOW } from "./script.ts";
import { WRITE_WITHIN_MS } from "./wide-index.ts";

const put = createScript(`${NOW}
local grant, accounts, all, fences = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local ifVersion, fence, expiresAt, indexedAt = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if now - tonumber(indexedAt) > ${WRITE_WITHIN_MS} then return redis.error_reply("LATE the write came too long after it was begun") end
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

/** Takes a grant that has expired out of an index of its own slot. */
const forget = createScript(`
if redis.call("EXISTS", KEYS[1]) == 0 then redis.call("ZREM", KEYS[2], ARGV[1]) end
return 1`);

/** A grant as it is kept, with what it is found by. */
export interface StoredRecord {
  readonly key: GrantKey;
  readonly grant: StoredGrant;
  readonly digests: readonly string[];
}

/** What an index leads to: whose the grant is and what it is found by, without the grant. */
export type Found = Omit<StoredRecord, "grant">;

type Fields = readonly (string | null)[];

export async function readGrant(send: Send, name: string): Promise<StoredGrant | undefined> {
  return grantOf((await send(name, "HMGET", name, "id", "version", "payload")) as Fields);
}

/** Reads what an index needs to know of a grant; the client is not kept with it. */
export async function readFound(send: Send, client: string, name: string): Promise<Found | undefined> {
  return foundOf(client, (await send(name, "HMGET", name, "key", "digests")) as Fields);
}

/** Reads all of a grant but its client. */
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
  return { key: { client, owner, account }, digests: JSON.parse(digests!) as string[] };
}

function keysOf({ grant, accounts, bucket, fences }: GrantNames): string[] {
  return [grant, accounts, bucket.all, fences];
}

/**
 * @param indexedAt - when the entries of wide indexes were made
 * @returns the digests that the grant had before; `undefined`: it was not written
 */
export async function putRecord(
  send: Send,
  names: GrantNames,
  { key, grant, digests }: StoredRecord,
  { ifVersion, fence, expiresAt }: PutOptions,
  indexedAt: number,
): Promise<readonly string[] | undefined> {
  const conditions = [ifVersion ?? "", fence ?? "", expiresAt ?? "", indexedAt, names.member];
  // JSON writes lone surrogates as escapes, which UTF-8 would not keep apart.
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

/** @returns the digests that the grant had; `undefined`: there is another version than `ifVersion` */
export async function removeRecord(
  send: Send,
  names: GrantNames,
  ifVersion: number | undefined,
): Promise<readonly string[] | undefined> {
  const before = (await remove(send, keysOf(names), [ifVersion ?? "", names.member])) as string | null;
  return before === null ? undefined : (JSON.parse(before) as string[]);
}

/** Where this fails, the entry is found again. */
export async function forgetMember(send: Send, grant: string, index: string, member: string): Promise<void> {
  await forget(send, [grant, index], [member]).catch(() => undefined);
}
