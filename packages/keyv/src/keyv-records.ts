/** What the store needs of a Keyv, of version 5 or 6. */
export interface KeyvLike {
  readonly throwOnErrors: boolean;
  readonly ttl?: number | undefined;
  readonly store?: unknown;
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, ttl?: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
}

/** Records in a Keyv, as JSON of our own: serializers differ in what they make of other values. */
export class KeyvRecords {
  readonly #keyv: KeyvLike;

  constructor(keyv: KeyvLike) {
    this.#keyv = keyv;
  }

  async read<T>(name: string): Promise<T | undefined> {
    const text = await this.#keyv.get(name);
    return typeof text === "string" ? (JSON.parse(text) as T) : undefined;
  }

  /** @param ttl - milliseconds; absent: for ever */
  async write(name: string, record: unknown, ttl?: number): Promise<void> {
    // Some adapters tell by `false` what others tell by an error.
    if ((await this.#keyv.set(name, JSON.stringify(record), ttl)) === false) {
      throw new Error("keyvTokenStore: Keyv did not store the record");
    }
  }

  async remove(name: string): Promise<void> {
    await this.#keyv.delete(name);
  }
}
