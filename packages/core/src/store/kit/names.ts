import { hash } from "node:crypto";

/**
 * A name of 32 bytes (SHA-256) for parts of any length with any characters. Different parts give different names.
 *
 * Databases limit the length of indexed text, and some of them compare text without regard to case or accents; a hash has
 * neither problem.
 *
 * @example
 * ```ts
 * import { recordName } from "@scopegate/core/store-kit";
 *
 * const row = recordName(key.client, key.owner, key.account).toString("base64url");
 * ```
 */
export function recordName(...parts: readonly string[]): Buffer {
  // JSON, since a part may contain any separator. It also escapes lone surrogates, which UTF-8 would all replace by U+FFFD.
  return hash("sha256", JSON.stringify(parts), "buffer");
}

/**
 * Escapes characters that databases reject or do not distinguish: NUL, lone surrogates and the backslash become `\uXXXX`.
 * All other characters stay as they are, so that the text is readable in the database.
 */
export function escapeText(text: string): string {
  return text.replace(
    /[\0\\]|\p{Surrogate}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The inverse of {@link escapeText}. */
export function unescapeText(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
