import type { AuthErrorCode } from "../errors/auth-error.ts";

/** One thing that the user can do next on a page: a link, or a button that posts a form. */
export interface PageAction {
  /** The text of the link or button. */
  readonly label: string;
  /** Where the link leads or the form posts to: a path of this origin, or an absolute http(s) URL. */
  readonly href: string;
  /** The hidden fields of the form, by name. If absent, the action is a link. */
  readonly post?: Readonly<Record<string, string>>;
  /** `primary` marks the recommended action, `danger` one that cannot be undone. At most one action of a page has an emphasis. */
  readonly emphasis?: "primary" | "danger";
}

/** A scope, and what it lets the app do in plain words. */
export interface DescribedScope {
  readonly scope: string;
  /** The description from `texts.scopes`, or the scope itself if there is none. */
  readonly description: string;
}

/**
 * The content of a page, without its looks: the argument of `pages.render`. All texts are plain text, so escape them in HTML.
 *
 * @example
 * An app's own page as HTML; `escape` is the app's function that escapes text for HTML:
 * ```ts
 * import type { PageModel } from "@scopegate/express";
 *
 * function render(model: PageModel): string {
 *   const actions = model.actions.map(({ label, href, post }) => {
 *     if (post === undefined) return `<a href="${escape(href)}">${escape(label)}</a>`;
 *     const fields = Object.entries(post).map(
 *       ([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`,
 *     );
 *     return `<form method="post" action="${escape(href)}">${fields.join("")}<button>${escape(label)}</button></form>`;
 *   });
 *   const scopes = model.scopes.map(({ description }) => `<li>${escape(description)}</li>`);
 *   return `<!doctype html><html lang="${model.language}"><title>${escape(model.title)}</title>
 *     <h1>${escape(model.title)}</h1>${model.paragraphs.map((text) => `<p>${escape(text)}</p>`).join("")}
 *     <h2>${escape(model.scopesHeading ?? "")}</h2><ul>${scopes.join("")}</ul>${actions.join(" ")}</html>`;
 * }
 * ```
 */
export interface PageModel {
  /**
   * Which page it is:
   * - `denied`: the user declined at Google
   * - `declined`: the user opened a guarded page less than ten minutes after leaving out its scopes
   * - `error`: an error ended the sign-in, the consent or the request; `code` says which
   * - `account`: the user continued at Google with another account than the one signed in
   * - `revoke`: the confirmation before the app's access is revoked at Google
   * - `signOut`: the confirmation before the user is signed out
   */
  readonly kind: "denied" | "declined" | "error" | "account" | "revoke" | "signOut";
  /** The HTTP status of the page. */
  readonly status: number;
  /** The language of the texts, a BCP 47 tag for `<html lang>`. */
  readonly language: string;
  /** The heading of the page. */
  readonly title: string;
  /** The text below the heading, one string for each paragraph. */
  readonly paragraphs: readonly string[];
  /** The heading of `scopes`. Absent if `scopes` is empty. */
  readonly scopesHeading?: string;
  /** The scopes that the page is about, such as those that are missing or that end. Often empty. */
  readonly scopes: readonly DescribedScope[];
  /** The actions, in the order in which to show them. */
  readonly actions: readonly PageAction[];
  /** The code of the error that led to this page. Absent on confirmations. */
  readonly code?: AuthErrorCode;
  /** The error's message for the developer, without secrets. Present only if `pages.developerNotes` is on. */
  readonly developerNote?: string;
  /** The e-mail address, name or Google subject of the user who is signed in. Absent if no user is. */
  readonly signedInAs?: string;
}
