import { fillText } from "./fill-text.ts";
import { checkHref } from "./html.ts";
import type { PageAction, PageModel } from "./model.ts";
import { describeScopes } from "./scope-descriptions.ts";
import type { PageTexts } from "./texts.ts";

/** The words for one request. They depend on its language, so they are known only when the page is sent. */
export interface Wording {
  readonly texts: PageTexts;
  readonly appName?: string | undefined;
  /** Whether error pages show the note for the developer. */
  readonly developerNotes: boolean;
}

/** A page whose addresses are checked and whose words are not chosen yet. */
export type PageDraft = (wording: Wording) => PageModel;

/** The parts of a page before its texts are filled in. */
interface PageParts extends Pick<PageModel, "kind" | "status" | "code" | "actions"> {
  readonly words: { readonly title: string; readonly paragraphs: readonly string[]; readonly scopesHeading?: string };
  /** Values of other placeholders than `{app}`. */
  readonly values?: Readonly<Record<string, string>>;
  readonly scopes?: Iterable<string>;
  readonly signedInAs?: string | undefined;
  readonly developerNote?: string | undefined;
}

/** Makes the model of a page: fills in its texts, and leaves out the members that are empty. */
export function composePage({ texts, appName }: Wording, page: PageParts): PageModel {
  const values = { app: appName ?? texts.thisApp, ...page.values };
  const fill = (text: string): string => fillText(text, values, texts.language);
  const scopes = describeScopes(page.scopes ?? [], texts.scopes);
  return {
    kind: page.kind,
    status: page.status,
    language: texts.language,
    title: fill(page.words.title),
    paragraphs: page.words.paragraphs.map(fill),
    ...(scopes.length > 0 &&
      page.words.scopesHeading !== undefined && { scopesHeading: fill(page.words.scopesHeading) }),
    // A scope without a description is shown by its name, which is not a text with placeholders.
    scopes: scopes.map(({ scope, description }) => ({
      scope,
      description: description === scope ? scope : fill(description),
    })),
    actions: page.actions.map((action): PageAction => ({ ...action, label: fill(action.label) })),
    ...(page.code !== undefined && { code: page.code }),
    ...(page.developerNote !== undefined && { developerNote: page.developerNote }),
    ...(page.signedInAs !== undefined && { signedInAs: page.signedInAs }),
  };
}

/**
 * Checks every address of a page's input (`action` and each `…Href`), so that a draft can always be rendered.
 * @throws TypeError naming the address
 */
export function checkHrefs<T extends object>(input: T): T {
  for (const [name, value] of Object.entries(input)) {
    if ((name === "action" || name.endsWith("Href")) && value !== undefined) checkHref(name, value as string);
  }
  return input;
}
