import type { Send } from "./client.ts";
import { createScript, NOW } from "./script.ts";

/** How long an entry is not removed after it was made, in milliseconds. */
const YOUNG_MS = 10 * 60_000;
/**
 * How long after its entries a grant may be written, in milliseconds. It is less than the above, since the clocks of a
 * cluster's nodes may differ.
 */
export const WRITE_WITHIN_MS = 5 * 60_000;

const add = createScript(`${NOW}
redis.call("ZADD", KEYS[1], now, ARGV[1])
return now`);

const prune = createScript(`${NOW}
local made = redis.call("ZSCORE", KEYS[1], ARGV[1])
if made and tonumber(made) < now - tonumber(ARGV[2]) then return redis.call("ZREM", KEYS[1], ARGV[1]) end
return 0`);

/**
 * Indexes over several owners, by Google account and by digest. A cluster keeps them in other slots than the grants, so
 * that no script can change both atomically. Three rules keep them correct:
 *
 * - An entry is made before its grant is written. A crash between the two leaves a superfluous entry, never a missing one.
 * - A reader of an index reads each grant too, and skips entries whose grant is missing or does not match.
 * - A superfluous entry is removed only when no write can need it any longer: a grant is not written more than five
 *   minutes after its entries were made, and an entry is kept for at least ten.
 */
export class WideIndex {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /**
   * Makes an entry, or renews its time.
   * @returns the time, by the server's clock, in milliseconds since the epoch
   */
  async add(index: string, member: string): Promise<number> {
    return Number(await add(this.#send, [index], [member]));
  }

  /** All entries of an index. */
  async members(index: string): Promise<readonly string[]> {
    return (await this.#send(index, "ZRANGE", index, "0", "-1")) as string[];
  }

  /** Removes a superfluous entry, unless it is young. A failure is ignored: the next reader finds the entry again. */
  async prune(index: string, member: string): Promise<void> {
    await prune(this.#send, [index], [member, YOUNG_MS]).catch(() => undefined);
  }
}
