import { createPublicKey, createSign, type KeyObject, randomBytes } from "node:crypto";

// Google publishes its ID token keys as X.509 certificates too, and Google's own client library verifies with those.
// Node.js cannot create certificates, so this file encodes a self-signed one in DER (X.690).

function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content), content]);
}

function lengthOf(content: Buffer): Buffer {
  if (content.length < 0x80) return Buffer.from([content.length]);
  const hex = content.length.toString(16);
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, "hex");
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

const sequence = (...contents: readonly Buffer[]) => element(0x30, ...contents);
const integer = (bytes: Buffer) => element(0x02, bytes);
const objectId = (hex: string) => element(0x06, Buffer.from(hex, "hex"));
const bitString = (bytes: Buffer) => element(0x03, Buffer.from([0]), bytes);
const utcTime = (milliseconds: number) => {
  const digits = new Date(milliseconds).toISOString().replaceAll(/[-:T]/g, "").slice(2, 14);
  return element(0x17, Buffer.from(`${digits}Z`, "latin1"));
};
const commonName = (name: string) =>
  sequence(element(0x31, sequence(objectId("550403"), element(0x0c, Buffer.from(name, "utf8")))));

const sha256WithRsa = sequence(objectId("2a864886f70d01010b"), element(0x05));
const day = 86_400_000;

/** Returns a self-signed certificate for this RSA key, as PEM. It is valid from a day before `now` to 16 days after. */
export function selfSignedCertificate(privateKey: KeyObject, now: number): string {
  const name = commonName("emulated federated sign-on");
  const serial = randomBytes(8);
  // A DER integer is positive only if its highest bit is clear, and its first byte may not be zero.
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  const toBeSigned = sequence(
    element(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    sha256WithRsa,
    name,
    sequence(utcTime(now - day), utcTime(now + 16 * day)),
    name,
    createPublicKey(privateKey).export({ type: "spki", format: "der" }),
  );
  const signature = createSign("RSA-SHA256").update(toBeSigned).sign(privateKey);
  const certificate = sequence(toBeSigned, sha256WithRsa, bitString(signature)).toString("base64");
  const lines = certificate.match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
