import type { SessionContent } from "./session-holder.ts";

/** The property of express-session and @fastify/session that holds the cookie's attributes, and no content. */
const NO_CONTENT = "cookie";

/**
 * Notes which keys of a session are written from now on. A key counts as written if it is assigned, even with the value
 * that it had, or if its value has changed otherwise.
 * @param contentOf - returns the present content: the middleware may replace the object meanwhile
 * @returns a function that ends the watch, and returns the written keys with their values
 */
export function watchWrites(contentOf: () => SessionContent): () => ReadonlyMap<string, unknown> {
  const content = contentOf();
  const before = new Map<string, string | undefined>();
  const getters = new Map<string, () => unknown>();
  const assigned = new Set<string>();
  for (const [key, { value, configurable }] of Object.entries(Object.getOwnPropertyDescriptors(content))) {
    if (!isContent(content, key) || !configurable) continue;
    before.set(key, JSON.stringify(value));
    let current: unknown = value;
    const get = () => current;
    const set = (next: unknown) => {
      current = next;
      assigned.add(key);
    };
    getters.set(key, get);
    Object.defineProperty(content, key, { get, set, configurable: true, enumerable: true });
  }

  return () => {
    for (const [key, get] of getters) {
      if (Object.getOwnPropertyDescriptor(content, key)?.get !== get) continue;
      Object.defineProperty(content, key, { value: get(), writable: true, configurable: true, enumerable: true });
      getters.delete(key);
    }
    const present = contentOf();
    // A key that was deleted and set again has lost its getter.
    const isWritten = (key: string) => present === content && (assigned.has(key) || getters.has(key));
    return new Map(
      Object.entries(present).filter(
        ([key, value]) =>
          isContent(present, key) && (isWritten(key) || !before.has(key) || JSON.stringify(value) !== before.get(key)),
      ),
    );
  };
}

function isContent(content: SessionContent, key: string): boolean {
  return key !== NO_CONTENT && Object.prototype.propertyIsEnumerable.call(content, key);
}
