import type { GrantKey, KeyedLock } from "@scopegate/core/store-kit";
import { asOwnerId } from "@scopegate/core/store-kit";
import type { KeyvRecords } from "./keyv-records.ts";

/** An entry of a list. */
type Entry = readonly [owner: string, account: string];

/**
 * Lists of keys, one record for each list. Within this process, changes of a list happen one after the other. Another
 * process that changes it at the same moment can undo a change, which is why the store is not `shared`.
 *
 * An entry is made before its grant is written, and removed after the grant is deleted. So a crash leaves a superfluous
 * entry at worst, which readers skip.
 */
export class IndexLists {
  readonly #records: KeyvRecords;
  readonly #lock: KeyedLock;

  constructor(records: KeyvRecords, lock: KeyedLock) {
    this.#records = records;
    this.#lock = lock;
  }

  /** The keys in a list. */
  async read(client: string, list: string): Promise<GrantKey[]> {
    const entries = (await this.#records.read<Entry[]>(list)) ?? [];
    return entries.map(([owner, account]) => ({ client, owner: asOwnerId(owner), account }));
  }

  /** Adds a key to a list that does not have it. */
  add(list: string, { owner, account }: GrantKey): Promise<void> {
    return this.#change(list, (entries) =>
      entries.some((entry) => isAt(entry, owner, account)) ? entries : [...entries, [owner, account]],
    );
  }

  /** Removes a key from a list. The record of an empty list is deleted. */
  remove(list: string, { owner, account }: GrantKey): Promise<void> {
    return this.#change(list, (entries) => {
      const rest = entries.filter((entry) => !isAt(entry, owner, account));
      return rest.length === entries.length ? entries : rest;
    });
  }

  #change(list: string, change: (entries: readonly Entry[]) => readonly Entry[]): Promise<void> {
    return this.#lock.run(list, async () => {
      const before = (await this.#records.read<Entry[]>(list)) ?? [];
      const after = change(before);
      if (after === before) return;
      if (after.length > 0) await this.#records.write(list, after);
      else await this.#records.remove(list);
    });
  }
}

function isAt(entry: Entry, owner: string, account: string): boolean {
  return entry[0] === owner && entry[1] === account;
}
