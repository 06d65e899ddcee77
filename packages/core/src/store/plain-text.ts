import type { Sealer } from "../seal/sealer.ts";

/**
 * Switches off the encryption of stored grants, as the value of the option `encryptionKeys`. A reader of the store, of a
 * backup or of a replica can then use every user's tokens. Use it for development, and with stores that encrypt their
 * content themselves.
 *
 * Grants that were encrypted before stay readable. An app that goes back to keys cannot read the grants in plain text:
 * its users must consent again.
 *
 * @example
 * ```ts
 * import { googleOAuth, storePlainText } from "@scopegate/express";
 * import { sqliteTokenStore } from "@scopegate/sqlite";
 *
 * app.use(googleOAuth({ store: sqliteTokenStore({ path: "dev.db" }), encryptionKeys: storePlainText }));
 * ```
 */
export const storePlainText: unique symbol = Symbol("scopegate.storePlainText");

const FORMAT = "plain";

/**
 * Creates a sealer that writes plain text. It also decrypts texts of the given sealer, so that an app can change to plain
 * text. A sealer with keys rejects plain text: otherwise, an attacker who can write into the store could plant a grant.
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

/** JSON in printable ASCII, which no store changes. */
function toAscii(json: string): string {
  return json.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
