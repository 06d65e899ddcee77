import type { LeaseTable } from "@scopegate/core/store-kit";
import type { Send } from "./client.ts";
import type { Names } from "./names.ts";
import { createScript } from "./script.ts";

/** How long the fencing tokens of a key are remembered after their last use, in milliseconds. No process is paused for a day. */
export const FENCE_MEMORY_MS = 24 * 3_600_000;

const take = createScript(`
if not redis.call("SET", KEYS[1], ARGV[1], "NX", "PX", ARGV[2]) then return false end
local fence = redis.call("INCR", KEYS[3])
redis.call("HSET", KEYS[2], "fence", fence)
redis.call("PEXPIRE", KEYS[2], ARGV[3])
return fence`);

const renew = createScript(`
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call("PEXPIRE", KEYS[1], ARGV[2])`);

const release = createScript(`
if redis.call("GET", KEYS[1]) == ARGV[1] then redis.call("DEL", KEYS[1]) end
return 1`);

/** Leases as keys that expire. Their fencing tokens come from a counter that does not expire. */
export function leaseTable(send: Send, names: Names): LeaseTable {
  return {
    async take(key, holder, leaseMs) {
      const { lease, fences, bucket } = names.ofGrant(key);
      const fence = await take(send, [lease, fences, bucket.counter], [holder, leaseMs, FENCE_MEMORY_MS]);
      return fence === null ? undefined : Number(fence);
    },
    async renew(key, holder, leaseMs) {
      return Number(await renew(send, [names.ofGrant(key).lease], [holder, leaseMs])) === 1;
    },
    async release(key, holder) {
      await release(send, [names.ofGrant(key).lease], [holder]);
    },
  };
}
