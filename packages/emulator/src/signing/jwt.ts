import { createHmac, createPublicKey, createSign, createVerify, type KeyObject } from "node:crypto";

/** A JSON object, such as the claims of a JWT. */
export type JsonObject = Record<string, unknown>;

/**
 * How to sign a JWT. The defaults give a correct signature. The options allow the forgeries that an attacker would try.
 */
export interface SignOptions {
  /**
   * The algorithm. Default `"RS256"`. `"none"` leaves the signature empty. `"HS256"` uses the PEM of the public key as
   * the secret, which is the classic key-confusion attack.
   */
  readonly alg?: "RS256" | "HS256" | "none";
  /** The key ID in the header. Default: the ID of the signing key. */
  readonly kid?: string;
  /** Members to add to the header; a member that is `undefined` is removed. */
  readonly header?: JsonObject;
  /** A foreign RSA private key, used in place of the emulator's. */
  readonly key?: KeyObject;
}

export function signJwt(
  claims: JsonObject,
  signer: { readonly kid: string; readonly privateKey: KeyObject },
  options: SignOptions = {},
): string {
  const alg = options.alg ?? "RS256";
  const header = { alg, kid: options.kid ?? signer.kid, typ: "JWT", ...options.header };
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signature(input, alg, options.key ?? signer.privateKey)}`;
}

/** Decodes the header and the claims of a JWT without verifying anything. */
export function decodeJwt(jwt: string): { header: JsonObject; claims: JsonObject } {
  const [header = "", claims = ""] = jwt.split(".");
  return { header: decode(header), claims: decode(claims) };
}

/**
 * Whether this key signed the JWT with RS256. Base64url with padding or line breaks is rejected (RFC 7515 section 2).
 */
export function isSignedBy(jwt: string, publicKey: KeyObject): boolean {
  const [header, claims, signed] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(jwt)?.slice(1) ?? [];
  if (signed === undefined || decodeJwt(jwt).header["alg"] !== "RS256") return false;
  return createVerify("RSA-SHA256").update(`${header}.${claims}`).verify(publicKey, signed, "base64url");
}

function signature(input: string, alg: string, privateKey: KeyObject): string {
  if (alg === "none") return "";
  if (alg === "HS256") {
    const pem = createPublicKey(privateKey).export({ type: "spki", format: "pem" });
    return createHmac("sha256", pem).update(input).digest("base64url");
  }
  return createSign("RSA-SHA256").update(input).sign(privateKey, "base64url");
}

function encode(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode(part: string): JsonObject {
  return JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as JsonObject;
}
