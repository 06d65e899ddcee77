import type { Send } from "./client.ts";
import { createScript, NOW } from "./script.ts";

/**
 * How long an entry is left alone after it was made, in milliseconds, and how long after it a grant may still be
 * written. Between the two lies room for the clocks of a cluster's nodes to differ.
 */
const YOUNG_MS = 10 * 60_000;
export const WRITE_WITHIN_MS = 5 * 60_000;

const add = createScript(`${NOW}
redis.call("ZADD", KEYS[1], now, ARGV[1])
return now`);

const prune = createScript(`${NOW}
local made = redis.call("ZSCORE", KEYS[1], ARGV[1])
if made and tonumber(made) < now - tonumber(ARGV[2]) then return redis.call("ZREM", KEYS[1], ARGV[1]) end
return 0`);

/**
 * Indexes over several owners, by subject and by digest: in a cluster they are in other slots than the grants, and no
 * script changes both at once. They stay right all the same:
 *
 * - An entry is made before its grant is written. A crash between the two leaves an entry too many, never one too few.
 * - Who reads an index looks at each grant, and drops what is not there or says otherwise.
 * - An entry too many is removed only once it is older than any write that it could have been made for: a grant is not
 *   written more than five minutes after its entries, and an entry is left alone for ten.
 */
export class WideIndex {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** @returns when it was made, by the server's clock, in milliseconds since the epoch */
  async add(index: string, member: string): Promise<number> {
    return Number(await add(this.#send, [index], [member]));
  }

  async members(index: string): Promise<readonly string[]> {
    return (await this.#send(index, "ZRANGE", index, "0", "-1")) as string[];
  }

  /** Removes an entry that has been found to be one too many. Where that fails, it is found again. */
  async prune(index: string, member: string): Promise<void> {
    await prune(this.#send, [index], [member, YOUNG_MS]).catch(() => undefined);
  }
}
