import { hkdfSync } from "node:crypto";

/** The version of the sealed format. It is part of each derivation, so that another version has other keys. */
export const FORMAT = "v1";

/**
 * Derives a key from a master key by HKDF-SHA-256 (RFC 5869).
 * @param info - the purpose of the key; each purpose gets an independent key
 * @param bytes - the length of the key
 */
export function derive(master: Uint8Array, info: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync("sha256", master, "", `scopegate/${FORMAT}/${info}`, bytes));
}
