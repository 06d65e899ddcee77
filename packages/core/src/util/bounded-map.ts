/**
 * A map that forgets: entries older than `lifetime`, and the oldest beyond `size`. Insertion order is age, so that
 * forgetting costs nothing on a read and a few steps on a write.
 */
export class BoundedMap<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly until: number }>();
  readonly #size: number;
  readonly #lifetime: number;
  readonly #now: () => number;

  /** @param lifetime - milliseconds */
  constructor(size: number, lifetime: number, now: () => number) {
    this.#size = size;
    this.#lifetime = lifetime;
    this.#now = now;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined || entry.until <= this.#now() ? undefined : entry.value;
  }

  set(key: string, value: V): void {
    const now = this.#now();
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: now + this.#lifetime });
    for (const [oldest, { until }] of this.#entries) {
      if (this.#entries.size <= this.#size && until > now) break;
      this.#entries.delete(oldest);
    }
  }

  /** How many entries are held, the ones that are due to be forgotten included. */
  get size(): number {
    return this.#entries.size;
  }
}
