import { createPrivateKey, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { inspect } from "node:util";
import { isRecord, readJsonFile } from "../util/json-file.ts";
import { isDomain } from "./options.ts";

/** The content of a service account's key file, as far as it is used. */
export interface ServiceAccountKeyFile {
  readonly type?: string;
  readonly client_email: string;
  /** PEM, PKCS #8 or PKCS #1; literal `\n` for line ends is understood. */
  readonly private_key: string;
  readonly private_key_id?: string;
  readonly project_id?: string;
  readonly token_uri?: string;
  readonly universe_domain?: string;
  readonly quota_project_id?: string;
  readonly [field: string]: unknown;
}

/** A service account's key, checked. The private key shows nowhere, and can only sign. */
export class ServiceAccountKey {
  readonly email: string;
  readonly keyId: string | undefined;
  readonly projectId: string | undefined;
  readonly tokenUri: string | undefined;
  readonly universeDomain: string | undefined;
  readonly quotaProject: string | undefined;
  readonly #privateKey: KeyObject;

  /** @param origin - what errors call it: the option, and the file if there is one */
  constructor(content: Readonly<Record<string, unknown>>, origin: string) {
    const { type } = content;
    if (type !== undefined && type !== "service_account") {
      const found = typeof type === "string" && /^[a-z_]{1,50}$/.test(type) ? `"${type}"` : "something else";
      throw new TypeError(`${origin}: type is ${found}, not "service_account"; applicationDefault() takes every type`);
    }
    if (content["web"] !== undefined || content["installed"] !== undefined) {
      throw new TypeError(`${origin} is an OAuth client's file, which signs users in; give a service account's key`);
    }
    this.email = text(content, "client_email", origin)!;
    if (!/^[^@\s]+@[^@\s]+$/.test(this.email)) throw new TypeError(`${origin}: client_email is not an e-mail address`);
    this.keyId = text(content, "private_key_id", origin, false);
    this.projectId = text(content, "project_id", origin, false);
    this.tokenUri = text(content, "token_uri", origin, false);
    this.universeDomain = text(content, "universe_domain", origin, false);
    if (this.universeDomain !== undefined && !isDomain(this.universeDomain))
      throw new TypeError(`${origin}: universe_domain is not a domain such as "googleapis.com"`);
    this.quotaProject = text(content, "quota_project_id", origin, false);
    this.#privateKey = readPrivateKey(text(content, "private_key", origin)!, `${origin}: private_key`);
    Object.freeze(this);
  }

  /** RSASSA-PKCS1-v1_5 with SHA-256, synchronously: one signature an hour is not worth a thread. */
  sign(bytes: Uint8Array): Buffer {
    return sign("sha256", bytes, this.#privateKey);
  }

  /** A signed JWT: base64url without padding (RFC 7515 section 3.1). */
  signJwt(claims: Readonly<Record<string, unknown>>): string {
    const header = { alg: "RS256", typ: "JWT", ...(this.keyId !== undefined && { kid: this.keyId }) };
    const input = `${encode(header)}.${encode(claims)}`;
    return `${input}.${this.sign(Buffer.from(input)).toString("base64url")}`;
  }

  [inspect.custom](): object {
    return { email: this.email, keyId: this.keyId, projectId: this.projectId };
  }
}

/**
 * Reads a key file, or takes its content: parsed, or as JSON text, such as an environment variable holds.
 * @throws TypeError naming option, file and field, never the content
 */
export function resolveKey(keyFile: unknown, credentials: unknown, caller: string): ServiceAccountKey {
  if ((keyFile === undefined) === (credentials === undefined)) {
    throw new TypeError(
      `${caller}: give either \`keyFile\`, the path of a service account's key, or \`credentials\`, its content`,
    );
  }
  if (credentials !== undefined)
    return new ServiceAccountKey(contentOf(credentials, caller), `${caller}: \`credentials\``);
  if (typeof keyFile !== "string" || keyFile === "")
    throw new TypeError(`${caller}: \`keyFile\` must be the path of a service account's key`);
  refuseOtherFormats(keyFile, `${caller}: \`keyFile\``);
  const { content, file } = readJsonFile(keyFile, `${caller}: \`keyFile\``, "a service account's key");
  warnIfReadable(keyFile);
  return new ServiceAccountKey(content, file);
}

function contentOf(credentials: unknown, caller: string): Readonly<Record<string, unknown>> {
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
    `${caller}: \`credentials\` must be the content of a service account's key: an object, or its JSON text`,
  );
}

const warned = new Set<string>();

/** Says it once a file: whoever shares this machine could be the service account. Windows knows no such permissions. */
export function warnIfReadable(path: string): void {
  if (process.platform === "win32" || warned.has(path) || (statSync(path).mode & 0o004) === 0) return;
  warned.add(path);
  process.emitWarning(
    `The key file ${JSON.stringify(path)} can be read by every user of this machine: chmod o-r it, or do without a key.`,
    { code: "SCOPEGATE_KEY_FILE" },
  );
}

const CONVERT =
  "openssl pkcs12 -in key.p12 -passin pass:notasecret -nodes -nocerts -out key.pem, then give credentials: { client_email, private_key } with the content of key.pem; or make a JSON key";

/** Keys in the formats that the console also offers, or once did. What cannot be read is left for the reader to say. */
function refuseOtherFormats(path: string, origin: string): void {
  let head: Buffer;
  try {
    head = readFileSync(path).subarray(0, 64);
  } catch {
    return;
  }
  // A PKCS #12 file is a DER sequence that begins with version 3 (RFC 7292 section 4).
  const isP12 = /\.(p12|pfx)$/i.test(path) || (head[0] === 0x30 && head.includes(Buffer.from([0x02, 0x01, 0x03])));
  if (isP12) throw new TypeError(`${origin} is a PKCS #12 key; convert it: ${CONVERT}`);
  if (head.toString("latin1").trimStart().startsWith("-----BEGIN"))
    throw new TypeError(
      `${origin} is a PEM key without its account; give credentials: { client_email, private_key } with its content`,
    );
}

function text(content: Readonly<Record<string, unknown>>, field: string, origin: string, required = true) {
  const value = content[field];
  if (value === undefined || value === null || value === "") {
    if (required) throw new TypeError(`${origin}: ${field} is missing or empty; give the key file unchanged`);
    return undefined;
  }
  if (typeof value !== "string") throw new TypeError(`${origin}: ${field} is not a string`);
  return value;
}

function readPrivateKey(pem: string, origin: string): KeyObject {
  const key = pem
    .replaceAll(String.raw`\r`, "")
    .replaceAll(String.raw`\n`, "\n")
    .trim();
  if (!key.startsWith("-----BEGIN ")) {
    throw new TypeError(
      `${origin} is not PEM: it must begin with -----BEGIN PRIVATE KEY-----; give the file unchanged`,
    );
  }
  if (/^-----BEGIN ENCRYPTED|^Proc-Type: .*ENCRYPTED/m.test(key)) {
    throw new TypeError(`${origin} is encrypted; decrypt it first: openssl pkey -in key.pem -out decrypted.pem`);
  }
  let parsed: KeyObject;
  try {
    parsed = createPrivateKey(key);
  } catch {
    // OpenSSL's error says nothing that helps, and may hold what it read.
    throw new TypeError(`${origin} is not a private key that can be read; download the key file again`);
  }
  if (parsed.asymmetricKeyType !== "rsa") {
    throw new TypeError(`${origin} is not an RSA key; Google's service accounts sign with RSA (RS256)`);
  }
  return parsed;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
