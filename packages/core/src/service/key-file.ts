import { readFileSync, statSync } from "node:fs";
import { isRecord, readJsonFile } from "../util/json-file.ts";
import { ServiceAccountKey } from "./account-key.ts";

/**
 * Reads the key that the options `keyFile` and `credentials` give: the path of a key file, its parsed content, or its
 * content as JSON text.
 * @throws TypeError that names the option, the file and the field, never the content
 */
export function resolveKey(keyFile: unknown, credentials: unknown, caller: string): ServiceAccountKey {
  if ((keyFile === undefined) === (credentials === undefined)) {
    throw new TypeError(
      `${caller}: give either \`keyFile\`, the path of a service account's key file, or \`credentials\`, its content`,
    );
  }
  if (credentials !== undefined) {
    const origin = `${caller}: \`credentials\``;
    return new ServiceAccountKey(parseCredentials(credentials, origin), origin);
  }
  const origin = `${caller}: \`keyFile\``;
  if (typeof keyFile !== "string" || keyFile === "")
    throw new TypeError(
      `${origin} must be the path of a service account's key file; give its content as \`credentials\``,
    );
  rejectOtherFormats(keyFile, origin);
  const { content, file } = readJsonFile(keyFile, origin, "the key file of a service account");
  warnIfReadableByAll(keyFile);
  return new ServiceAccountKey(content, file);
}

function parseCredentials(credentials: unknown, origin: string): Readonly<Record<string, unknown>> {
  if (isRecord(credentials)) return credentials;
  if (typeof credentials === "string") {
    let parsed: unknown;
    try {
      parsed = JSON.parse(credentials);
    } catch {
      // The parser's message would quote the key.
    }
    if (isRecord(parsed)) return parsed;
  }
  throw new TypeError(
    `${origin} must be the content of a service account's key file, as an object or as JSON text; give a path as \`keyFile\``,
  );
}

const warnedPaths = new Set<string>();

/**
 * Warns once for each file that every user of this machine can read: each of them could act as the service account.
 * Windows has no such permissions.
 */
export function warnIfReadableByAll(path: string): void {
  if (process.platform === "win32" || warnedPaths.has(path) || (statSync(path).mode & 0o004) === 0) return;
  warnedPaths.add(path);
  process.emitWarning(
    `Every user of this machine can read the credentials file ${JSON.stringify(path)}. Run chmod o-r on it, or use credentials without a key.`,
    { code: "SCOPEGATE_KEY_FILE" },
  );
}

const CONVERT_PKCS12 =
  "openssl pkcs12 -in key.p12 -passin pass:notasecret -nodes -nocerts -legacy | openssl pkey -out key.pem (before OpenSSL 3, without -legacy)";
const GIVE_PEM = "give `credentials: { client_email, private_key }` with the content of";

/**
 * Rejects the other formats that Google has offered for keys, with the way to convert them. A file that cannot be opened
 * is left to the code that reads it next.
 */
function rejectOtherFormats(path: string, origin: string): void {
  let head: Buffer;
  try {
    head = readFileSync(path).subarray(0, 64);
  } catch {
    return;
  }
  // A PKCS #12 file is a DER sequence that begins with version 3 (RFC 7292 section 4).
  const isPkcs12 = /\.(p12|pfx)$/i.test(path) || (head[0] === 0x30 && head.includes(Buffer.from([0x02, 0x01, 0x03])));
  if (isPkcs12) {
    throw new TypeError(
      `${origin} is a PKCS #12 key, which is not supported; create a JSON key in the Google Cloud console, or convert this one: ${CONVERT_PKCS12}, then ${GIVE_PEM} key.pem`,
    );
  }
  if (head.toString("latin1").trimStart().startsWith("-----BEGIN"))
    throw new TypeError(`${origin} is a PEM key, which does not name its account; ${GIVE_PEM} this file`);
}
