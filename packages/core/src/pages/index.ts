export { createPages, type Pages } from "./respond.ts";
export type { PagesOption } from "./options.ts";
export { revokePage, signOutPage } from "./confirmation-pages.ts";
export type { PageDraft } from "./draft.ts";
export type { PageAction, PageModel } from "./model.ts";
export type { PartialPageTexts } from "./merge-texts.ts";
export { accountPage, declinedPage, deniedPage, errorPage, formPage } from "./outcome-pages.ts";
export type { PageTexts } from "./texts.ts";
