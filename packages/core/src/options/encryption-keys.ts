import type { OAuthClient } from "../google/client-config.ts";
import { checkKeys } from "../seal/keys.ts";
import { storePlainText } from "../store/plain-text.ts";

/**
 * The master keys that encryption keys are derived from, newest first.
 *
 * The last one is derived from the client secret. So an app may begin without keys, add them later, and still decrypt
 * what it encrypted before.
 * @throws TypeError for keys that are too short, or missing with a durable store
 */
export function resolveEncryptionKeys(
  option: readonly (string | Uint8Array)[] | typeof storePlainText | undefined,
  env: Readonly<Record<string, string | undefined>>,
  client: OAuthClient,
  isDurable: boolean,
): readonly Uint8Array[] {
  // Attempts and other short-lived artifacts are still encrypted; they last for minutes.
  if (option === storePlainText) return [Buffer.from(client.clientSecret)];
  const source = option === undefined ? "SCOPEGATE_ENCRYPTION_KEYS" : "encryptionKeys";
  // An empty variable counts as not set, as for the client's variables.
  const fromEnv = (env["SCOPEGATE_ENCRYPTION_KEYS"] || undefined)?.split(",").map((key) => key.trim());
  const keys = option ?? fromEnv ?? [];
  const masters = checkKeys(keys, "googleOAuth", source);
  if (isDurable && keys.length === 0) {
    throw new TypeError(
      "googleOAuth: a durable `store` needs `encryptionKeys` (or the variable SCOPEGATE_ENCRYPTION_KEYS), because a key " +
        "derived from the client secret would lose every grant when that secret is rotated. Make one with `openssl rand -base64 32`.",
    );
  }
  return [...masters, Buffer.from(client.clientSecret)];
}
