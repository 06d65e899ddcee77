import type { OAuthClient } from "./google/client-config.ts";

const MIN_LENGTH = 32;

/**
 * The master keys that sealing keys are derived from, newest first.
 *
 * One derived from the client secret stands last, so that an app may begin without keys, add them later, and still read
 * what was sealed before.
 */
export function resolveEncryptionKeys(
  option: readonly (string | Uint8Array)[] | undefined,
  env: Readonly<Record<string, string | undefined>>,
  client: OAuthClient,
  durable: boolean,
): readonly Uint8Array[] {
  const source = option === undefined ? "SCOPEGATE_ENCRYPTION_KEYS" : "encryptionKeys";
  // As for the client's variables: set to nothing is not set.
  const fromEnv = (env["SCOPEGATE_ENCRYPTION_KEYS"] || undefined)?.split(",").map((key) => key.trim());
  const keys = option ?? fromEnv ?? [];
  if (!Array.isArray(keys)) throw new TypeError("googleOAuth: `encryptionKeys` must be an array, the newest key first");
  keys.forEach((key: unknown, index) => {
    if (!(typeof key === "string" || key instanceof Uint8Array) || key.length < MIN_LENGTH) {
      throw new TypeError(
        `googleOAuth: key ${index} of \`${source}\` must have at least ${MIN_LENGTH} characters or bytes; ` +
          "make one with `openssl rand -base64 32`",
      );
    }
  });
  if (durable && keys.length === 0) {
    throw new TypeError(
      "googleOAuth: `encryptionKeys` (or SCOPEGATE_ENCRYPTION_KEYS) is needed with a durable `store`, " +
        "so that rotating the client secret does not lose every grant; make one with `openssl rand -base64 32`",
    );
  }
  return [...keys.map((key: string | Uint8Array) => Buffer.from(key as Uint8Array)), Buffer.from(client.clientSecret)];
}
