import type { GrantKey } from "@scopegate/core";
import type { KeyvRecords } from "./keyv-records.ts";
import { fencesName } from "./names.ts";

/** How long fences are remembered after their last use, in milliseconds: no process is paused for a day. */
const FENCE_MEMORY_MS = 24 * 3_600_000;

/** The last fence that was given, and the one that a write must reach. */
interface Kept {
  readonly fence: number;
  readonly barrier: number;
}

/** Fences of keys. They outlive the grants: a lease from before a deletion must not bring one back. */
export class Fences {
  readonly #records: KeyvRecords;

  constructor(records: KeyvRecords) {
    this.#records = records;
  }

  /** A fence that is higher than all before it. One call at a time for a key. */
  async next(key: GrantKey): Promise<number> {
    const { fence, barrier } = await this.#read(key);
    await this.#write(key, { fence: fence + 1, barrier });
    return fence + 1;
  }

  /** Whether a write under this fence may go on; notes it. */
  async pass(key: GrantKey, fence: number): Promise<boolean> {
    const kept = await this.#read(key);
    if (fence < kept.barrier) return false;
    if (fence > kept.barrier) await this.#write(key, { fence: Math.max(kept.fence, fence), barrier: fence });
    return true;
  }

  /** Shuts out every lease but the one that was given last. */
  async raise(key: GrantKey): Promise<void> {
    const { fence, barrier } = await this.#read(key);
    if (fence > barrier) await this.#write(key, { fence, barrier: fence });
  }

  async #read(key: GrantKey): Promise<Kept> {
    return (await this.#records.read<Kept>(fencesName(key))) ?? { fence: 0, barrier: 0 };
  }

  async #write(key: GrantKey, kept: Kept): Promise<void> {
    await this.#records.write(fencesName(key), kept, FENCE_MEMORY_MS);
  }
}
