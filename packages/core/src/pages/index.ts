export { createPages, type Pages } from "./respond.ts";
export type { PagesOption } from "./options.ts";
export { accountPage, declinedPage, deniedPage, errorPage, revokePage, signOutPage, type PageDraft } from "./models.ts";
export type { PageAction, PageModel } from "./model.ts";
export type { PartialPageTexts } from "./merge-texts.ts";
export type { PageTexts } from "./texts.ts";
