import { ENGLISH, PLACEHOLDERS, type PageTexts } from "./texts.ts";

type Partially<T> = T extends string | readonly string[] ? T : { readonly [K in keyof T]?: Partially<T[K]> };

/** Some of the words of the pages; the rest stays English. See {@link PageTexts}. */
export type PartialPageTexts = Partially<PageTexts>;

/**
 * The English texts with `override` laid over them.
 * @throws TypeError naming the text: unknown, of another type, with an unknown placeholder; a `language` not of BCP 47
 */
export function mergeTexts(override: PartialPageTexts): PageTexts {
  const texts = merge(ENGLISH, override, []) as PageTexts;
  return Object.freeze({ ...texts, language: canonicalLanguage(texts.language) });
}

function merge(base: unknown, override: unknown, path: readonly string[]): unknown {
  if (override === undefined) return base;
  if (typeof base === "string") return checkText(override, path);
  if (Array.isArray(base)) {
    if (!Array.isArray(override)) throw mistake(path, "must be an array of strings, one a paragraph");
    return Object.freeze(override.map((text, index) => checkText(text, [...path, String(index)])));
  }
  return mergeGroup(base as Readonly<Record<string, unknown>>, override, path);
}

function mergeGroup(base: Readonly<Record<string, unknown>>, override: unknown, path: readonly string[]): unknown {
  if (typeof override !== "object" || override === null || Array.isArray(override))
    throw mistake(path, "must be an object of texts");
  const merged: Record<string, unknown> = { ...base };
  // Scopes are anybody's; every other name is one of ours, and a misspelt one would silently stay English.
  const open = path[0] === "scopes";
  for (const [name, text] of Object.entries(override)) {
    if (!open && !Object.hasOwn(base, name))
      throw mistake([...path, name], `is not a text of the pages; there are ${Object.keys(base).join(", ")}`);
    merged[name] = merge(open ? "" : base[name], text, [...path, name]);
  }
  return Object.freeze(merged);
}

function checkText(text: unknown, path: readonly string[]): string {
  if (typeof text !== "string" || text.trim() === "") throw mistake(path, "must be a string that is not empty");
  const known = ["app", ...(PLACEHOLDERS[path[0] ?? ""] ?? [])];
  for (const [placeholder, name = ""] of text.matchAll(/\{(\w+)\}/g)) {
    if (!known.includes(name))
      throw mistake(
        path,
        `has the placeholder ${placeholder}; it knows ${known.map((each) => `{${each}}`).join(", ")}`,
      );
  }
  return text;
}

function canonicalLanguage(language: string): string {
  try {
    return new Intl.Locale(language).toString();
  } catch {
    throw mistake(["language"], `must be a BCP 47 language tag such as "de" or "pt-BR"`);
  }
}

function mistake(path: readonly string[], problem: string): TypeError {
  return new TypeError(`${["pages", "texts", ...path].join(".")} ${problem}`);
}
