/** The members of a Keyv (version 5 or 6) that the store uses. */
export interface KeyvLike {
  readonly throwOnErrors: boolean;
  readonly ttl?: number | undefined;
  readonly store?: unknown;
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, ttl?: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
}

/** Records in a Keyv, as JSON text: Keyv's serializers differ in how they write other values. */
export class KeyvRecords {
  readonly #keyv: KeyvLike;

  constructor(keyv: KeyvLike) {
    this.#keyv = keyv;
  }

  /** @returns the record, or `undefined` where there is none */
  async read<T>(name: string): Promise<T | undefined> {
    const text = await this.#keyv.get(name);
    return typeof text === "string" ? (JSON.parse(text) as T) : undefined;
  }

  /** @param ttl - milliseconds until the record expires. Default: never. */
  async write(name: string, record: unknown, ttl?: number): Promise<void> {
    // Some adapters return `false` where others throw.
    if ((await this.#keyv.set(name, JSON.stringify(record), ttl)) === false) {
      throw new Error("keyvTokenStore: the Keyv's storage adapter did not write the record (`set` returned false)");
    }
  }

  /** Deletes a record. A name without a record is no error. */
  async remove(name: string): Promise<void> {
    await this.#keyv.delete(name);
  }
}
