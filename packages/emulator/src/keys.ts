import {
  createPublicKey,
  createVerify,
  generateKeyPair,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { promisify } from "node:util";
import { selfSignedCertificate } from "./certificate.ts";
import { decodeJwt, type JsonObject, type SignOptions, signJwt } from "./jwt.ts";

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: JsonObject;
}

const rsa2048 = { modulusLength: 2048 };
const generateRsaKeyPair = promisify(generateKeyPair);

/**
 * The private keys that every ring of this process begins with, under key IDs of its own. Making two takes longer than
 * all else that an emulator does, and tests start one each.
 */
let initialKeys: Promise<readonly KeyObject[]> | undefined;

async function makeInitialKeys(): Promise<readonly KeyObject[]> {
  const pairs = await Promise.all([generateRsaKeyPair("rsa", rsa2048), generateRsaKeyPair("rsa", rsa2048)]);
  return pairs.map(({ privateKey }) => privateKey);
}

/**
 * The keys that sign ID tokens. Like Google, it publishes two and signs with one of them (not the
 * first), so a client has to go by `kid`.
 */
export class KeyRing {
  #published: readonly SigningKey[];

  static async create(): Promise<KeyRing> {
    initialKeys ??= makeInitialKeys();
    return new KeyRing((await initialKeys).map(toSigningKey));
  }

  private constructor(published: readonly SigningKey[]) {
    this.#published = published;
  }

  get #active(): SigningKey {
    return this.#published.at(-1)!;
  }

  /** Signs with a key that nobody has seen yet; the key before it stays published unless `keepOld` is false. */
  rotate(keepOld: boolean): void {
    const fresh = toSigningKey(generateKeyPairSync("rsa", rsa2048).privateKey);
    this.#published = keepOld ? [this.#active, fresh] : [fresh];
  }

  sign(claims: JsonObject, options?: SignOptions): string {
    return signJwt(claims, this.#active, options);
  }

  /** The claims of a JWT that one of the published keys signed; `undefined` for any other. */
  verify(jwt: string): { header: JsonObject; claims: JsonObject } | undefined {
    const parts = jwt.split(".");
    if (parts.length !== 3) return undefined;
    try {
      const decoded = decodeJwt(jwt);
      const key = this.#published.find(({ kid }) => kid === decoded.header["kid"]);
      if (!key || decoded.header["alg"] !== "RS256") return undefined;
      const verifier = createVerify("RSA-SHA256").update(`${parts[0]}.${parts[1]}`);
      return verifier.verify(createPublicKey(key.privateKey), parts[2]!, "base64url") ? decoded : undefined;
    } catch {
      return undefined;
    }
  }

  /** The JSON Web Key Set (RFC 7517). */
  jwks(): JsonObject {
    return { keys: this.#published.map(({ jwk }) => jwk) };
  }

  /** The same keys as `{ kid: PEM certificate }`. */
  certificates(now: number): JsonObject {
    return Object.fromEntries(
      this.#published.map(({ kid, privateKey }) => [kid, selfSignedCertificate(privateKey, now)]),
    );
  }
}

function toSigningKey(privateKey: KeyObject): SigningKey {
  const kid = randomBytes(20).toString("hex");
  const { n, e } = createPublicKey(privateKey).export({ format: "jwk" });
  return { kid, privateKey, jwk: { kty: "RSA", use: "sig", alg: "RS256", kid, n, e } };
}
