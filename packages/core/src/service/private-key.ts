import { createPrivateKey } from "node:crypto";
import type { KeyObject } from "node:crypto";

/**
 * Reads an RSA private key in PEM, in PKCS #8 or PKCS #1. Literal `\n` and `\r` count as line ends: environment variables
 * often hold keys in this form.
 * @param name - how errors name the field
 * @throws TypeError that never quotes the key
 */
export function readPrivateKey(pem: string, name: string): KeyObject {
  const key = pem
    .replaceAll(String.raw`\r`, "")
    .replaceAll(String.raw`\n`, "\n")
    .trim();
  if (!key.startsWith("-----BEGIN ")) {
    throw new TypeError(
      `${name} must be a key in PEM, which begins with -----BEGIN PRIVATE KEY-----; copy it unchanged from the key file`,
    );
  }
  if (/^-----BEGIN ENCRYPTED|^Proc-Type: .*ENCRYPTED/m.test(key)) {
    throw new TypeError(`${name} is encrypted; decrypt it first: openssl pkey -in key.pem -out decrypted.pem`);
  }
  let parsed: KeyObject;
  try {
    parsed = createPrivateKey(key);
  } catch {
    // OpenSSL's error does not help the developer, and may quote the key.
    throw new TypeError(
      `${name} cannot be read as a private key: its text is damaged, or it is another kind of key; copy it unchanged from the key file, or create a new key`,
    );
  }
  if (parsed.asymmetricKeyType !== "rsa") {
    throw new TypeError(
      `${name} must be an RSA key, because Google's service accounts sign with RS256; create a key of the service account in the Google Cloud console`,
    );
  }
  return parsed;
}
