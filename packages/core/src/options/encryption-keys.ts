import type { OAuthClient } from "../google/client-config.ts";
import { checkKeys } from "../seal/keys.ts";
import { storePlainText } from "../store/plain-text.ts";

/**
 * The master keys that sealing keys are derived from, newest first.
 *
 * One derived from the client secret stands last, so that an app may begin without keys, add them later, and still read
 * what was sealed before.
 */
export function resolveEncryptionKeys(
  option: readonly (string | Uint8Array)[] | typeof storePlainText | undefined,
  env: Readonly<Record<string, string | undefined>>,
  client: OAuthClient,
  durable: boolean,
): readonly Uint8Array[] {
  // What is sealed beside grants, such as attempts, lives for minutes.
  if (option === storePlainText) return [Buffer.from(client.clientSecret)];
  const source = option === undefined ? "SCOPEGATE_ENCRYPTION_KEYS" : "encryptionKeys";
  // As for the client's variables: set to nothing is not set.
  const fromEnv = (env["SCOPEGATE_ENCRYPTION_KEYS"] || undefined)?.split(",").map((key) => key.trim());
  const keys = option ?? fromEnv ?? [];
  const masters = checkKeys(keys, "googleOAuth", source);
  if (durable && keys.length === 0) {
    throw new TypeError(
      "googleOAuth: `encryptionKeys` (or SCOPEGATE_ENCRYPTION_KEYS) is needed with a durable `store`, " +
        "so that rotating the client secret does not lose every grant; make one with `openssl rand -base64 32`",
    );
  }
  return [...masters, Buffer.from(client.clientSecret)];
}
