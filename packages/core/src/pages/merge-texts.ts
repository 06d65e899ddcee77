import { ENGLISH, PLACEHOLDERS, type PageTexts } from "./texts.ts";

type Partially<T> = T extends string | readonly string[] ? T : { readonly [K in keyof T]?: Partially<T[K]> };

/** Replacements for some of the texts of the pages. All other texts stay English. See {@link PageTexts}. */
export type PartialPageTexts = Partially<PageTexts>;

/**
 * Returns the English texts with those of `override` in their place.
 * @throws TypeError naming the text that is unknown, has the wrong type or has an unknown placeholder, or the `language`
 *   that is not a BCP 47 tag
 */
export function mergeTexts(override: PartialPageTexts): PageTexts {
  const texts = merge(ENGLISH, override, []) as PageTexts;
  return Object.freeze({ ...texts, language: canonicalLanguage(texts.language) });
}

function merge(base: unknown, override: unknown, path: readonly string[]): unknown {
  if (override === undefined) return base;
  if (typeof base === "string") return checkText(override, path);
  if (Array.isArray(base)) {
    if (!Array.isArray(override)) throw mistake(path, "must be an array of strings, one for each paragraph.");
    return Object.freeze(override.map((text, index) => checkText(text, [...path, String(index)])));
  }
  return mergeGroup(base as Readonly<Record<string, unknown>>, override, path);
}

function mergeGroup(base: Readonly<Record<string, unknown>>, override: unknown, path: readonly string[]): unknown {
  if (typeof override !== "object" || override === null || Array.isArray(override))
    throw mistake(path, "must be an object of texts.");
  const merged: Record<string, unknown> = { ...base };
  // Scopes can have any name. All other names are known, and a misspelled one would leave its text English.
  const open = path[0] === "scopes";
  for (const [name, text] of Object.entries(override)) {
    if (!open && !Object.hasOwn(base, name))
      throw mistake([...path, name], `is not a text of the pages. The texts are: ${Object.keys(base).join(", ")}.`);
    merged[name] = merge(open ? "" : base[name], text, [...path, name]);
  }
  return Object.freeze(merged);
}

function checkText(text: unknown, path: readonly string[]): string {
  if (typeof text !== "string" || text.trim() === "") throw mistake(path, "must be a string that is not empty.");
  const known = ["app", ...(PLACEHOLDERS[path[0] ?? ""] ?? [])];
  for (const [placeholder, name = ""] of text.matchAll(/\{(\w+)\}/g)) {
    if (!known.includes(name))
      throw mistake(
        path,
        `has the unknown placeholder ${placeholder}. This text can use ${known.map((each) => `{${each}}`).join(", ")}.`,
      );
  }
  return text;
}

function canonicalLanguage(language: string): string {
  try {
    return new Intl.Locale(language).toString();
  } catch {
    throw mistake(["language"], `must be a BCP 47 language tag, such as "de" or "pt-BR".`);
  }
}

function mistake(path: readonly string[], problem: string): TypeError {
  return new TypeError(`${["pages", "texts", ...path].join(".")} ${problem}`);
}
