export { createPages, type Pages } from "./respond.ts";
export type { PagesOption } from "./options.ts";
export { accountPage, declinedPage, deniedPage, errorPage, revokePage, signOutPage, type PageDraft } from "./models.ts";
export type { DescribedScope, PageAction, PageModel } from "./model.ts";
export type { PartialPageTexts } from "./merge-texts.ts";
export type { ErrorTexts, PageTexts } from "./texts.ts";
