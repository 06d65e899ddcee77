import { selfSignedCertificate } from "./certificate.ts";
import { decodeJwt, isSignedBy, type JsonObject, signJwt, type SignOptions } from "./jwt.ts";
import {
  createKeyPair,
  createSigningKey,
  type KeyPair,
  publicJwk,
  type SigningKey,
  toSigningKey,
} from "./signing-key.ts";

/**
 * The key pairs that every ring of this process starts with, each time under new key IDs. Generating two pairs takes
 * longer than all the rest of starting an emulator, and many tests start their own emulator.
 */
let initialKeys: Promise<readonly KeyPair[]> | undefined;

/**
 * The keys that sign ID tokens. Like Google, it publishes two keys and signs with one of them. The signing key is not
 * the first, so a client has to select the key by its `kid`.
 */
export class KeyRing {
  #published: readonly SigningKey[];

  static async create(): Promise<KeyRing> {
    initialKeys ??= Promise.all([createKeyPair(), createKeyPair()]);
    return new KeyRing((await initialKeys).map(toSigningKey));
  }

  private constructor(published: readonly SigningKey[]) {
    this.#published = published;
  }

  get #active(): SigningKey {
    return this.#published.at(-1)!;
  }

  /** Signs with a new key from now on. The previous key stays published unless `keepOld` is false. */
  rotate(keepOld: boolean): void {
    const fresh = createSigningKey();
    this.#published = keepOld ? [this.#active, fresh] : [fresh];
  }

  sign(claims: JsonObject, options?: SignOptions): string {
    return signJwt(claims, this.#active, options);
  }

  /** Decodes a JWT that one of the published keys signed; returns `undefined` for any other. */
  verify(jwt: string): { header: JsonObject; claims: JsonObject } | undefined {
    try {
      const decoded = decodeJwt(jwt);
      const key = this.#published.find(({ kid }) => kid === decoded.header["kid"]);
      return key && isSignedBy(jwt, key.publicKey) ? decoded : undefined;
    } catch {
      return undefined;
    }
  }

  /** Returns the JSON Web Key Set (RFC 7517). */
  jwks(): JsonObject {
    return { keys: this.#published.map(publicJwk) };
  }

  /** Returns the same keys as `{ kid: PEM certificate }`. */
  certificates(now: number): JsonObject {
    return Object.fromEntries(
      this.#published.map(({ kid, privateKey }) => [kid, selfSignedCertificate(privateKey, now)]),
    );
  }
}
