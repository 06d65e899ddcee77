import { createHash } from "node:crypto";

/** How many characters of a refresh token Google's token identifier of type `prefix` has. */
const PREFIX_LENGTH = 16;

/**
 * The identifiers by which Google's `token-revoked` security event may name a refresh token
 * (https://developers.google.com/identity/protocols/risc).
 */
export function tokenDigests(refreshToken: string): readonly string[] {
  const once = createHash("sha512").update(refreshToken).digest();
  return [
    `prefix:${refreshToken.slice(0, PREFIX_LENGTH)}`,
    `hash_base64_sha512_sha512:${createHash("sha512").update(once).digest("base64")}`,
  ];
}
