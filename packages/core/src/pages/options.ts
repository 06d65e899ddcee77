import { isProduction } from "../util/production.ts";
import { mergeTexts, type PartialPageTexts } from "./merge-texts.ts";
import type { PageModel } from "./model.ts";
import { ENGLISH, type PageTexts } from "./texts.ts";

/**
 * The option `pages`: the looks and the texts of the pages that Scopegate shows. They say that access was declined or that
 * an error happened, and they confirm a revocation or a sign-out.
 *
 * @example
 * ```ts
 * googleOAuth({
 *   pages: {
 *     appName: "Notes",
 *     texts: (acceptLanguage) =>
 *       acceptLanguage?.startsWith("de") ? { language: "de", signOut: { confirm: "Abmelden" } } : {},
 *   },
 * });
 * ```
 */
export interface PagesOption {
  /** The app's name, shown above the page, in its title and in its texts. Default none; the texts then say "this app". */
  readonly appName?: string;
  /**
   * Texts that replace some or all of the English ones. Set `language` with them. A function gets the request's
   * `Accept-Language` header and returns such an object; `{}` means English. Default: English.
   *
   * A wrong text is a `TypeError`: at construction for an object, and for a function each time a page is shown.
   */
  readonly texts?: PartialPageTexts | ((acceptLanguage: string | undefined) => PartialPageTexts);
  /**
   * Renders the pages in the app's own design. `html()` returns the built-in page, for kinds that the app does not change.
   * Default: the built-in pages. See {@link PageModel} for an example.
   *
   * - A returned string is sent as HTML with the status `model.status`. Its Content Security Policy allows resources of
   *   the app's origin (scripts, style sheets, images, fonts), inline styles and `data:` images, and nothing else. The
   *   built-in page, returned unchanged, keeps its stricter policy.
   * - A returned `Response` is sent with its own status and policy. `Cache-Control: no-store`,
   *   `X-Content-Type-Options: nosniff` and `Referrer-Policy` are added if it does not have them.
   */
  readonly render?: (model: PageModel, html: () => string) => string | Response;
  /** Whether error pages show a note for the developer, with code, message and remedy. Default: `true` unless `NODE_ENV` is `production`. */
  readonly developerNotes?: boolean;
}

/** {@link PagesOption}, checked and with its defaults. */
export interface ResolvedPagesOption {
  readonly appName: string | undefined;
  readonly textsFor: (acceptLanguage: string | undefined) => PageTexts;
  readonly render: PagesOption["render"];
  readonly developerNotes: boolean;
}

const TYPES = {
  appName: { accepts: ["string"], expected: "a string that is not empty" },
  texts: { accepts: ["object", "function"], expected: "an object of texts, or a function that returns one" },
  render: { accepts: ["function"], expected: "a function that returns a string of HTML or a Response" },
  developerNotes: { accepts: ["boolean"], expected: "true or false" },
} as const satisfies Record<keyof PagesOption, { accepts: readonly string[]; expected: string }>;

/** @throws TypeError naming the invalid option as `pages.…` */
export function resolvePagesOption(option: PagesOption = {}): ResolvedPagesOption {
  if (typeof option !== "object" || option === null)
    throw new TypeError('pages must be an object, such as { appName: "Notes" }.');
  for (const [name, value] of Object.entries(option)) {
    if (!Object.hasOwn(TYPES, name))
      throw new TypeError(`pages.${name} is not an option. The options are: ${Object.keys(TYPES).join(", ")}.`);
    const { accepts, expected } = TYPES[name as keyof PagesOption];
    if (value === undefined) continue;
    if (value === null || value === "" || !(accepts as readonly string[]).includes(typeof value))
      throw new TypeError(`pages.${name} must be ${expected}.`);
  }
  return Object.freeze({
    appName: option.appName,
    textsFor: resolveTexts(option.texts),
    render: option.render,
    developerNotes: option.developerNotes ?? !isProduction(),
  });
}

function resolveTexts(texts: PagesOption["texts"]): ResolvedPagesOption["textsFor"] {
  if (typeof texts === "function") return (acceptLanguage) => mergeTexts(texts(acceptLanguage));
  const merged = texts === undefined ? ENGLISH : mergeTexts(texts);
  return () => merged;
}
