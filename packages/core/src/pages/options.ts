import { mergeTexts, type PartialPageTexts } from "./merge-texts.ts";
import type { PageModel } from "./model.ts";
import { ENGLISH, type PageTexts } from "./texts.ts";

/** How the pages look and speak that this library shows: what was declined, what failed, confirmations. */
export interface PagesOption {
  /** The app's name: above the card, in the window's title, and in the texts, which say "this app" without it. */
  readonly appName?: string;
  /**
   * Words to use instead of the English ones, some or all; set `language` along with them. A function chooses by the
   * request's `Accept-Language`; `{}` means English. What it returns is checked as an object is, when a page is shown.
   */
  readonly texts?: PartialPageTexts | ((acceptLanguage: string | undefined) => PartialPageTexts);
  /**
   * Draws the pages in the app's own way. `html()` gives the built-in page, for the kinds that the app leaves alone.
   *
   * - A string is sent as HTML with `model.status` and a Content Security Policy that allows what the app itself serves
   *   (`'self'`: scripts, style sheets, images, fonts), inline styles and `data:` images, and nothing else. The built-in
   *   page, returned unchanged, keeps its stricter policy.
   * - A `Response` is sent as it is, its status and policy included; `Cache-Control: no-store`,
   *   `X-Content-Type-Options: nosniff` and `Referrer-Policy` are added where it has none of its own.
   *
   * Everything in the model is plain text: escape it. An action with `post` is a form that posts each of these fields;
   * any other is a link.
   */
  readonly render?: (model: PageModel, html: () => string) => string | Response;
  /** Whether error pages tell the developer what happened and what to do. Default: unless `NODE_ENV` is `production`. */
  readonly developerNotes?: boolean;
}

/** {@link PagesOption}, checked, with its defaults. */
export interface ResolvedPagesOption {
  readonly appName: string | undefined;
  readonly textsFor: (acceptLanguage: string | undefined) => PageTexts;
  readonly render: PagesOption["render"];
  readonly developerNotes: boolean;
}

const TYPES = {
  appName: { accepts: ["string"], says: "a string that is not empty" },
  texts: { accepts: ["object", "function"], says: "an object of texts, or a function that returns one" },
  render: { accepts: ["function"], says: "a function that returns HTML or a Response" },
  developerNotes: { accepts: ["boolean"], says: "true or false" },
} as const satisfies Record<keyof PagesOption, { accepts: readonly string[]; says: string }>;

/** @throws TypeError naming the option as `pages.…` */
export function resolvePagesOption(option: PagesOption = {}): ResolvedPagesOption {
  if (typeof option !== "object" || option === null) throw new TypeError("pages must be an object");
  for (const [name, value] of Object.entries(option)) {
    if (!Object.hasOwn(TYPES, name))
      throw new TypeError(`pages.${name} is not an option; there are ${Object.keys(TYPES).join(", ")}`);
    const { accepts, says } = TYPES[name as keyof PagesOption];
    if (value === undefined) continue;
    if (value === null || value === "" || !(accepts as readonly string[]).includes(typeof value))
      throw new TypeError(`pages.${name} must be ${says}`);
  }
  return Object.freeze({
    appName: option.appName,
    textsFor: resolveTexts(option.texts),
    render: option.render,
    developerNotes: option.developerNotes ?? process.env["NODE_ENV"] !== "production",
  });
}

function resolveTexts(texts: PagesOption["texts"]): ResolvedPagesOption["textsFor"] {
  if (typeof texts === "function") return (acceptLanguage) => mergeTexts(texts(acceptLanguage));
  const merged = texts === undefined ? ENGLISH : mergeTexts(texts);
  return () => merged;
}
