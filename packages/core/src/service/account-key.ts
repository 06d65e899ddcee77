import { sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { inspect } from "node:util";
import { isDomain } from "./checks.ts";
import { describeField, optionalText, requiredText } from "./credentials-file.ts";
import { readPrivateKey } from "./private-key.ts";

/**
 * The content of a service account's key file, as the Google Cloud console creates it. Only `client_email` and
 * `private_key` are required.
 */
export interface ServiceAccountKeyFile {
  /** `service_account`. Other types are rejected. */
  readonly type?: string;
  /** The account's e-mail address. */
  readonly client_email: string;
  /** The RSA private key in PEM, in PKCS #8 or PKCS #1. Literal `\n` is accepted in place of line ends. */
  readonly private_key: string;
  /** ID of the key. Signed JWTs name it in the header `kid`. */
  readonly private_key_id?: string;
  /** ID of the account's project: the result of `projectId()`. */
  readonly project_id?: string;
  /** Address where assertions are exchanged, an https URL. Default `https://oauth2.googleapis.com/token`. */
  readonly token_uri?: string;
  /** Domain of the APIs. Default `googleapis.com`. */
  readonly universe_domain?: string;
  /** ID of the project that quota and costs are charged to. */
  readonly quota_project_id?: string;
  readonly [field: string]: unknown;
}

/** The key of a service account, checked. It signs; nothing returns or shows the private key. */
export class ServiceAccountKey {
  /** How errors name the key: the function, the option, and the file if there is one. */
  readonly origin: string;
  readonly email: string;
  readonly keyId: string | undefined;
  readonly projectId: string | undefined;
  readonly tokenUri: string | undefined;
  readonly universeDomain: string | undefined;
  readonly quotaProject: string | undefined;
  readonly #privateKey: KeyObject;

  /** @throws TypeError that names the field, never the content */
  constructor(content: Readonly<Record<string, unknown>>, origin: string) {
    rejectOtherFiles(content, origin);
    const file = { content, origin };
    this.origin = origin;
    this.email = requiredText(file, "client_email");
    if (!/^[^@\s]+@[^@\s]+$/.test(this.email))
      throw new TypeError(`${describeField(file, "client_email")} must be the service account's e-mail address`);
    this.keyId = optionalText(file, "private_key_id");
    this.projectId = optionalText(file, "project_id");
    this.tokenUri = optionalText(file, "token_uri");
    this.universeDomain = optionalText(file, "universe_domain");
    if (this.universeDomain !== undefined && !isDomain(this.universeDomain))
      throw new TypeError(`${describeField(file, "universe_domain")} must be a domain such as "googleapis.com"`);
    this.quotaProject = optionalText(file, "quota_project_id");
    this.#privateKey = readPrivateKey(requiredText(file, "private_key"), describeField(file, "private_key"));
    Object.freeze(this);
  }

  /** Signs with RSASSA-PKCS1-v1_5 and SHA-256. It is synchronous: one signature an hour needs no worker thread. */
  sign(bytes: Uint8Array): Buffer {
    return sign("sha256", bytes, this.#privateKey);
  }

  /** Returns a signed JWT: base64url without padding (RFC 7515 section 3.1). */
  signJwt(claims: Readonly<Record<string, unknown>>): string {
    const header = { alg: "RS256", typ: "JWT", ...(this.keyId !== undefined && { kid: this.keyId }) };
    const input = `${encodeJson(header)}.${encodeJson(claims)}`;
    return `${input}.${this.sign(Buffer.from(input)).toString("base64url")}`;
  }

  [inspect.custom](): object {
    return { email: this.email, keyId: this.keyId, projectId: this.projectId };
  }
}

function rejectOtherFiles(content: Readonly<Record<string, unknown>>, origin: string): void {
  const { type } = content;
  if (type !== undefined && type !== "service_account") {
    const found = typeof type === "string" && /^[a-z_]{1,50}$/.test(type) ? `, not "${type}"` : "";
    throw new TypeError(
      `${origin}: \`type\` must be "service_account"${found}; for credentials of other types use applicationDefault()`,
    );
  }
  if (content["web"] !== undefined || content["installed"] !== undefined) {
    throw new TypeError(
      `${origin} is the file of an OAuth client, which signs users in; use the key file of a service account`,
    );
  }
}

function encodeJson(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
