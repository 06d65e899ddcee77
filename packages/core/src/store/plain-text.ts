import type { Sealer } from "../seal/sealer.ts";

/**
 * In place of `encryptionKeys`: grants are stored as they are, with their tokens. Whoever reads the store, a backup or a
 * replica of it can then act as every user. For development, and for stores that encrypt by themselves.
 */
export const storePlainText: unique symbol = Symbol("scopegate.storePlainText");

const FORMAT = "plain";

/**
 * Seals nothing. It opens what a key has sealed too, so that an app can change over to it; the reverse is refused, since
 * whoever can write into the store could otherwise put a grant of their own making there.
 */
export function createPlainSealer(sealed: Sealer): Sealer {
  return {
    seal: (plaintext, context) => `${FORMAT}.${toAscii(JSON.stringify([context, plaintext]))}`,
    isCurrent: (text) => text.startsWith(`${FORMAT}.`),
    open(text, context) {
      if (!text.startsWith(`${FORMAT}.`)) return sealed.open(text, context);
      try {
        const [owner, plaintext] = JSON.parse(text.slice(FORMAT.length + 1)) as [string, string];
        return owner === context ? { plaintext } : { failure: "corrupt" };
      } catch {
        return { failure: "corrupt" };
      }
    },
  };
}

/** JSON without any character that a store might change. */
function toAscii(json: string): string {
  return json.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
