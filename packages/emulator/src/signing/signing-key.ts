import { generateKeyPair, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { JsonObject } from "./jwt.ts";

/** An RSA key pair with its key ID. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export type KeyPair = Pick<SigningKey, "privateKey" | "publicKey">;

const rsa2048 = { modulusLength: 2048 };
const generateRsaKeyPair = promisify(generateKeyPair);

export function createKeyPair(): Promise<KeyPair> {
  return generateRsaKeyPair("rsa", rsa2048);
}

export function createSigningKey(): SigningKey {
  return toSigningKey(generateKeyPairSync("rsa", rsa2048));
}

/** Gives the key pair a new random ID. */
export function toSigningKey({ privateKey, publicKey }: KeyPair): SigningKey {
  return { kid: randomBytes(20).toString("hex"), privateKey, publicKey };
}

/** Returns the public key as a JSON Web Key (RFC 7517). */
export function publicJwk({ kid, publicKey }: SigningKey): JsonObject {
  const { n, e } = publicKey.export({ format: "jwk" });
  return { kty: "RSA", use: "sig", alg: "RS256", kid, n, e };
}
