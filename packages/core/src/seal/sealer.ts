import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { derive, FORMAT } from "./derive.ts";

/** Encrypts and authenticates text, so that only a holder of the app's keys can read or change it. Each purpose has its own sealer. */
export interface Sealer {
  /**
   * Encrypts text.
   * @param context - the record that the text belongs to; decryption needs the same context
   * @returns printable ASCII: format, key ID and ciphertext, separated by dots
   */
  seal(plaintext: string, context: string): string;
  /**
   * Decrypts text.
   * @returns the text, or the reason for failure: `unknown_key` where another key or another purpose encrypted it;
   *   `corrupt` where it was altered or belongs to another context
   */
  open(
    sealed: string,
    context: string,
  ): { readonly plaintext: string } | { readonly failure: "unknown_key" | "corrupt" };
  /** Whether the newest key encrypted this text. */
  isCurrent(sealed: string): boolean;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Creates a sealer: AES-256-GCM with keys that are derived from master keys for one purpose, so that a text of one
 * purpose never decrypts as one of another.
 *
 * It uses synchronous `node:crypto`, since encrypting and decrypting 1 KB takes only tens of microseconds.
 * @param masters - the newest key first; the first one encrypts, each of them decrypts
 * @throws TypeError where `masters` is empty
 */
export function createSealer(masters: readonly Uint8Array[], purpose: string): Sealer {
  const keys = masters.map((master) => ({
    id: derive(master, `${purpose}/id`, 6).toString("base64url"),
    key: createSecretKey(derive(master, purpose, 32)),
  }));
  const newest = keys[0];
  if (newest === undefined) throw new TypeError("createSealer: `masters` must contain at least one key");
  const byId = new Map<string, KeyObject>(keys.map(({ id, key }) => [id, key]));

  return {
    seal(plaintext, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", newest.key, iv).setAAD(Buffer.from(context));
      const sealed = Buffer.concat([iv, cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `${FORMAT}.${newest.id}.${sealed.toString("base64url")}`;
    },
    isCurrent: (sealed) => sealed.startsWith(`${FORMAT}.${newest.id}.`),
    open(sealed, context) {
      const [format, id, body, ...rest] = sealed.split(".");
      if (format !== FORMAT || id === undefined || body === undefined || rest.length > 0) return { failure: "corrupt" };
      const key = byId.get(id);
      if (key === undefined) return { failure: "unknown_key" };
      const bytes = Buffer.from(body, "base64url");
      if (bytes.length < IV_BYTES + TAG_BYTES) return { failure: "corrupt" };
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
          .setAAD(Buffer.from(context))
          .setAuthTag(bytes.subarray(-TAG_BYTES));
        const plaintext =
          decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
        return { plaintext };
      } catch {
        return { failure: "corrupt" };
      }
    },
  };
}
