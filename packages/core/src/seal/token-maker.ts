import { createHmac, createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { derive } from "./derive.ts";
import { equalText } from "./random.ts";

/** Makes and checks tokens that only this app can make (HMAC-SHA-256). */
export interface TokenMaker {
  make(subject: string): string;
  verify(token: string, subject: string): boolean;
}

/** A token maker for one `purpose`; the first master makes, all of them verify. */
export function createTokenMaker(masters: readonly Uint8Array[], purpose: string): TokenMaker {
  const keys = masters.map((master) => createSecretKey(derive(master, purpose, 32)));
  const mac = (key: KeyObject, subject: string) => createHmac("sha256", key).update(subject).digest("base64url");
  return {
    make: (subject) => mac(keys[0]!, subject),
    verify: (token, subject) => keys.some((key) => equalText(token, mac(key, subject))),
  };
}
