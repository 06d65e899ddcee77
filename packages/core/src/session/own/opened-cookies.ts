/** Cookies remembered at once; what they hold is as large as the cookies are. */
const MAX_OPENED = 1_000;
/** Characters at a cookie's end to find it by: its authentication tag, 16 bytes in base64url. */
const TAG = 21;

/**
 * Remembers what was opened, so that a browser's next request need not open it again. Bounded: the one that was opened
 * longest ago goes. Whoever reads it checks times and endings anew.
 */
export class OpenedCookies<T> {
  readonly #entries = new Map<string, { readonly value: string; readonly content: T }>();

  get(value: string): T | undefined {
    // A short key is hashed faster than a cookie of kilobytes.
    const entry = this.#entries.get(value.slice(-TAG));
    return entry?.value === value ? entry.content : undefined;
  }

  set(value: string, content: T): void {
    const key = value.slice(-TAG);
    this.#entries.delete(key);
    this.#entries.set(key, { value, content });
    if (this.#entries.size > MAX_OPENED) this.#entries.delete(this.#entries.keys().next().value!);
  }

  delete(value: string): void {
    this.#entries.delete(value.slice(-TAG));
  }
}
