/** The longest quotation in a message, in characters. */
const MAX_QUOTE = 200;

/**
 * Makes text from outside safe to quote in a message: one line of limited length, without control characters and
 * direction-changing characters, which could forge log lines or hide text.
 * @returns an array with the text, or an empty array if there is nothing to quote
 */
export function quotable(value: unknown): [string] | [] {
  if (typeof value !== "string") return [];
  const text = value
    .slice(0, 4 * MAX_QUOTE)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, " ")
    .replace(/ {2,}/g, " ")
    .trim();
  if (text === "") return [];
  return [text.length > MAX_QUOTE ? `${text.slice(0, MAX_QUOTE - 1)}…` : text];
}

/** Parses text as a JSON object. Returns `undefined` for anything else. */
export function parseObject(body: string): Record<string, unknown> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
