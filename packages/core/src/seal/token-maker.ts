import { createHmac, createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { derive } from "./derive.ts";
import { equalText } from "./random.ts";

/** Makes and verifies tokens (HMAC-SHA-256) that only a holder of the app's keys can make. */
export interface TokenMaker {
  /** The token of a subject, such as a form's action or a session ID. */
  make(subject: string): string;
  /** Whether the token was made for this subject, by any of the keys. */
  verify(token: string, subject: string): boolean;
}

/**
 * Creates a token maker for one purpose. Tokens of another purpose do not verify.
 * @param masters - the newest key first; the first one makes tokens, each of them verifies
 */
export function createTokenMaker(masters: readonly Uint8Array[], purpose: string): TokenMaker {
  const keys = masters.map((master) => createSecretKey(derive(master, purpose, 32)));
  const mac = (key: KeyObject, subject: string) => createHmac("sha256", key).update(subject).digest("base64url");
  return {
    make: (subject) => mac(keys[0]!, subject),
    verify: (token, subject) => keys.some((key) => equalText(token, mac(key, subject))),
  };
}
