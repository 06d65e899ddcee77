import { createHash } from "node:crypto";

/** The `S256` code challenge of a code verifier (RFC 7636 section 4.2). */
export function codeChallenge(codeVerifier: string): string {
  return createHash("sha256").update(codeVerifier).digest("base64url");
}
