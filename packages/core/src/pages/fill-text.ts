import { writingDirection } from "./language.ts";

/**
 * A text with its placeholders replaced, in one pass: what a value contains is never taken for a placeholder.
 * A value without one of its own stays as it was written.
 */
export function fillText(text: string, values: Readonly<Record<string, string>>, language: string): string {
  // In right-to-left text a Latin name would pull the punctuation around it along: isolate it (UAX #9).
  const [before, after] = writingDirection(language) === "rtl" ? ["\u2068", "\u2069"] : ["", ""];
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? `${before}${values[name]}${after}` : placeholder,
  );
}
