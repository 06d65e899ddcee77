import { randomBytes, timingSafeEqual } from "node:crypto";

/** Compares without telling by its time where the difference is. */
export function equalText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Unguessable text: 256 bits, 43 base64url characters (RFC 7636 section 4.1 for verifiers, RFC 6749 section 10.10). */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString("base64url");
}
