import { hash } from "node:crypto";

/**
 * A name of fixed length (256 bits) for parts of any length and any characters: different parts, different names.
 * Databases limit the length of what they index, and some compare text without regard to case or accents.
 */
export function recordName(...parts: readonly string[]): Buffer {
  // JSON, since any separator could be in a part; it also writes lone surrogates apart, which UTF-8 does not.
  return hash("sha256", JSON.stringify(parts), "buffer");
}

/**
 * Text without what databases do not take or would not tell apart: NUL, and halves of surrogate pairs, which become
 * `\uXXXX`, as does the backslash. All other text stays as it is, readable to whoever looks into the database.
 */
export function escapeText(text: string): string {
  return text.replace(
    /[\0\\]|\p{Surrogate}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** What {@link escapeText} was given. */
export function unescapeText(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
