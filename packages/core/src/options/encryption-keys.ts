import type { OAuthClient } from "../google/client-config.ts";
import { checkKeys } from "../seal/keys.ts";
import { storePlainText } from "../store/plain-text.ts";

/**
 * The master keys that encryption keys are derived from, newest first.
 *
 * Without keys of the app's own, the client secret is the only master. With such keys it is none: more people know it than
 * know the keys, since it also goes to Google and may be in a client file. An app that adds keys later lists the client
 * secret last, as any older key, until nothing is left that it encrypted.
 * @throws TypeError for keys that are too short, or missing with a durable store
 */
export function resolveEncryptionKeys(
  option: readonly (string | Uint8Array)[] | typeof storePlainText | undefined,
  env: Readonly<Record<string, string | undefined>>,
  { clientSecret }: OAuthClient,
  isDurable: boolean,
): readonly Uint8Array[] {
  // Attempts and other short-lived artifacts are still encrypted; they last for minutes.
  if (option === storePlainText) return [Buffer.from(clientSecret)];
  const source = option === undefined ? "SCOPEGATE_ENCRYPTION_KEYS" : "encryptionKeys";
  // An empty variable counts as not set, as for the client's variables.
  const fromEnv = (env["SCOPEGATE_ENCRYPTION_KEYS"] || undefined)?.split(",").map((key) => key.trim());
  const keys = option ?? fromEnv ?? [];
  // Client secrets of older clients have 24 characters. As an older key they may still decrypt.
  const masters = checkKeys(keys, "googleOAuth", source, clientSecret);
  if (isDurable && keys.length === 0) {
    throw new TypeError(
      "googleOAuth: a durable `store` needs `encryptionKeys` (or the variable SCOPEGATE_ENCRYPTION_KEYS), because a key " +
        "derived from the client secret would lose every grant when that secret is rotated. Make one with `openssl rand -base64 32`.",
    );
  }
  return masters.length === 0 ? [Buffer.from(clientSecret)] : masters;
}
