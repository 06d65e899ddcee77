import type { GrantKey } from "@scopegate/core/store-kit";
import type { KeyvRecords } from "./keyv-records.ts";
import { fencesName } from "./names.ts";

/** How long the fencing tokens of a key are remembered after their last use, in milliseconds. No process is paused for a day. */
const FENCE_MEMORY_MS = 24 * 3_600_000;

/** The last fencing token of a key, and the lowest one that may write. */
interface Kept {
  readonly fence: number;
  readonly barrier: number;
}

/** The fencing tokens of keys. They outlive the grants: a lease from before a deletion must not bring a grant back. */
export class Fences {
  readonly #records: KeyvRecords;

  constructor(records: KeyvRecords) {
    this.#records = records;
  }

  /** A new fencing token, higher than all former ones. Calls for one key must not overlap. */
  async next(key: GrantKey): Promise<number> {
    const { fence, barrier } = await this.#read(key);
    await this.#write(key, { fence: fence + 1, barrier });
    return fence + 1;
  }

  /** Checks the fencing token of a write, and records it. */
  async pass(key: GrantKey, fence: number): Promise<boolean> {
    const kept = await this.#read(key);
    if (fence < kept.barrier) return false;
    if (fence > kept.barrier) await this.#write(key, { fence: Math.max(kept.fence, fence), barrier: fence });
    return true;
  }

  /** Rejects future writes of all leases but the latest. */
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
