import { createHash } from "node:crypto";

/** How many characters of a refresh token Google's `prefix` token identifier has. */
const PREFIX_LENGTH = 16;

/** The forms in which a `token-revoked` security event may name a refresh token. */
export function tokenDigests(refreshToken: string): readonly string[] {
  const once = createHash("sha512").update(refreshToken).digest();
  return [
    `prefix:${refreshToken.slice(0, PREFIX_LENGTH)}`,
    `hash_base64_sha512_sha512:${createHash("sha512").update(once).digest("base64")}`,
  ];
}
