/** The longest quotation of what the other side said, in characters. */
const MAX_QUOTE = 200;

/**
 * What the other side said, made fit to stand in a message: one line, bounded, without control and
 * direction-changing characters that could forge log lines or hide text.
 * @returns one element, or none where there is nothing to quote
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

/** A body as a JSON object; `undefined` for anything else. */
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
