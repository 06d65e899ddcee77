import type { AuthErrorCode } from "../errors/auth-error.ts";

/** Something that the user can do next on a page: a link, or a form that posts. */
export interface PageAction {
  readonly label: string;
  /** A same-origin path, or an absolute URL of this app. */
  readonly href: string;
  /** `post` makes it a form with these hidden fields; otherwise it is a link. */
  readonly post?: Readonly<Record<string, string>>;
  /** At most one action of a page is the one that the page is for. `danger` marks what cannot be undone. */
  readonly emphasis?: "primary" | "danger";
}

/** A scope and what it lets the app do, in plain words. */
export interface DescribedScope {
  readonly scope: string;
  /** The scope itself where no words for it are known. */
  readonly description: string;
}

/** What a page says, apart from how it looks. An app's own renderer gets exactly this: plain text, to be escaped. */
export interface PageModel {
  /**
   * - `denied`: the user said no at Google
   * - `declined`: a guarded page whose scopes the user has just left out
   * - `error`: the attempt failed
   * - `account`: the user continued with another Google account than the one signed in
   * - `revoke`, `signOut`: confirmations
   */
  readonly kind: "denied" | "declined" | "error" | "account" | "revoke" | "signOut";
  /** The HTTP status that the page is sent with. */
  readonly status: number;
  /** The language of the words, a BCP 47 tag for `<html lang>`. */
  readonly language: string;
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** What the list of scopes is; present where there are any. */
  readonly scopesHeading?: string;
  /** Scopes that the page speaks of: what is switched off. */
  readonly scopes: readonly DescribedScope[];
  /** In the order of the page; the one to draw the eye has `emphasis`. */
  readonly actions: readonly PageAction[];
  /** The error's code, where an error led here. */
  readonly code?: AuthErrorCode;
  /** What happened, in a developer's words; only where the app runs in development. Never a secret. */
  readonly developerNote?: string;
  /** Who is signed in, if someone is. */
  readonly signedInAs?: string;
}
