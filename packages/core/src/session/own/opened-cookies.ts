/** How many decrypted cookies are remembered. Each takes about as much memory as its cookie. */
const MAX_OPENED = 1_000;
/** How many characters at a cookie's end are its key here: they encode most of its authentication tag of 16 bytes. */
const TAG = 21;

/**
 * Remembers decrypted cookies, so that a browser's next request need not decrypt its cookie again. Beyond its size it
 * drops the cookie that was decrypted longest ago. Readers must check themselves whether the session has ended.
 */
export class OpenedCookies<T> {
  readonly #entries = new Map<string, { readonly value: string; readonly content: T }>();

  get(value: string): T | undefined {
    // A short key is hashed faster than a cookie of several kilobytes.
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
