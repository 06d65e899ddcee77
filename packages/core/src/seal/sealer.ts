import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { derive, FORMAT } from "./derive.ts";

/** Seals text so that only this app can read it and nobody can change it. One sealer serves one kind of artefact. */
export interface Sealer {
  /** @param context - what the artefact belongs to; it opens under the same context only */
  seal(plaintext: string, context: string): string;
  /** @returns the text, or why it does not open: sealed by a key we do not have, or altered, or of another kind */
  open(
    sealed: string,
    context: string,
  ): { readonly plaintext: string } | { readonly failure: "unknown_key" | "corrupt" };
  /** Whether it was sealed as it would be now, by the newest key. */
  isCurrent(sealed: string): boolean;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * A sealer of AES-256-GCM keys, derived (HKDF, RFC 5869) from `masters` for one `purpose`, so that an artefact of one
 * kind never opens as another. The first master seals; all of them open.
 *
 * Synchronous `node:crypto` with imported keys: a 1 KB round trip takes tens of microseconds.
 */
export function createSealer(masters: readonly Uint8Array[], purpose: string): Sealer {
  const keys = masters.map((master) => ({
    id: derive(master, `${purpose}/id`, 6).toString("base64url"),
    key: createSecretKey(derive(master, purpose, 32)),
  }));
  const newest = keys[0];
  if (newest === undefined) throw new TypeError("a sealer needs at least one key");
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
