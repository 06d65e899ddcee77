import { writingDirection } from "./language.ts";

/**
 * Replaces the placeholders of a text by their values. It is one pass, so a placeholder inside a value is not replaced.
 * A placeholder without a value stays as it is.
 */
export function fillText(text: string, values: Readonly<Record<string, string>>, language: string): string {
  // In right-to-left text a Latin name would move the punctuation next to it, so isolate the value (UAX #9).
  const [before, after] = writingDirection(language) === "rtl" ? ["\u2068", "\u2069"] : ["", ""];
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? `${before}${values[name]}${after}` : placeholder,
  );
}
