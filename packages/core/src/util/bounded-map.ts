/**
 * A map that drops entries older than `lifetime`, and the oldest ones beyond `size`. A `Map` keeps its entries in the
 * order of insertion, which is their age, so that a write only has to look at the first few of them.
 */
export class BoundedMap<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly until: number }>();
  readonly #size: number;
  readonly #lifetime: number;
  readonly #now: () => number;

  /**
   * @param size - the most entries that the map holds
   * @param lifetime - milliseconds after which an entry is no longer returned
   * @param now - the clock, in milliseconds since the epoch
   */
  constructor(size: number, lifetime: number, now: () => number) {
    this.#size = size;
    this.#lifetime = lifetime;
    this.#now = now;
  }

  /** @returns the value, or `undefined` where there is none or its lifetime is over */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined || entry.until <= this.#now() ? undefined : entry.value;
  }

  /** Sets an entry, whose lifetime begins now, and drops the entries that are too old or too many. */
  set(key: string, value: V): void {
    const now = this.#now();
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: now + this.#lifetime });
    for (const [oldest, { until }] of this.#entries) {
      if (this.#entries.size <= this.#size && until > now) break;
      this.#entries.delete(oldest);
    }
  }

  /** The number of entries in memory, including expired ones that no write has dropped yet. */
  get size(): number {
    return this.#entries.size;
  }
}
