import { randomBytes, timingSafeEqual } from "node:crypto";

/** Compares two texts in a time that does not reveal where they differ. */
export function equalText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Random text that cannot be guessed (RFC 6749 section 10.10).
 * @param bytes - the amount of randomness. The default of 32 gives 43 base64url characters, the length that RFC 7636
 *   section 4.1 recommends for a code verifier.
 */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString("base64url");
}
