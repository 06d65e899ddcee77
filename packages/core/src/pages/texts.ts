import type { AuthErrorCode } from "../errors/auth-error.ts";
import { ERROR_TABLE } from "../errors/error-table.ts";
import { SCOPE_DESCRIPTIONS } from "./scope-descriptions.ts";

/** The texts of an error's page. */
export interface ErrorTexts {
  readonly title: string;
  readonly text: string;
}

/**
 * All texts of the pages. Each text can use the placeholder `{app}` for the app's name; other placeholders are documented
 * at the texts that have them. Texts are plain text: the pages escape markup in them.
 */
export interface PageTexts {
  /** The language of these texts, a BCP 47 tag such as `de` or `ar-EG`. It sets `<html lang>` and the writing direction. */
  readonly language: string;
  /** Replaces `{app}` if `pages.appName` is not set. It is lower case: no English text begins a sentence with `{app}`. */
  readonly thisApp: string;
  /** The footer. `{account}` is the e-mail address or the Google subject of the user who is signed in. */
  readonly signedInAs: string;
  /** The link to the page where the user can continue. */
  readonly home: string;
  /** The link that starts a failed sign-in or consent again. */
  readonly retry: string;
  /** The heading above the missing scopes on an error's page. */
  readonly missingScopes: string;
  /** The user declined at Google. */
  readonly denied: {
    readonly title: string;
    readonly paragraphs: readonly string[];
    readonly scopesHeading: string;
    readonly carryOn: string;
    readonly askAgain: string;
  };
  /** The user opened a guarded page less than ten minutes after leaving out its scopes. */
  readonly declined: {
    readonly title: string;
    readonly paragraphs: readonly string[];
    readonly scopesHeading: string;
    readonly askAgain: string;
    readonly carryOn: string;
  };
  /**
   * The user sent a form to a guarded route, and may not. `title` and `text` are for a user who is not signed in; for
   * other errors the page has their texts of `errors`.
   */
  readonly form: {
    readonly title: string;
    readonly text: string;
    readonly notSaved: string;
    readonly scopesHeading: string;
    readonly signIn: string;
    readonly allow: string;
    readonly back: string;
  };
  /** The user continued with another Google account (`{actual}`) than the one signed in here (`{expected}`). */
  readonly account: {
    readonly title: string;
    readonly paragraphs: readonly string[];
    readonly retry: string;
    readonly continue: string;
  };
  /** The confirmation before the app's access is revoked at Google. */
  readonly revoke: {
    readonly title: string;
    readonly paragraphs: readonly string[];
    readonly scopesHeading: string;
    readonly confirm: string;
    readonly cancel: string;
  };
  /** The confirmation before the user is signed out of the app. */
  readonly signOut: {
    readonly title: string;
    readonly paragraphs: readonly string[];
    readonly confirm: string;
    readonly cancel: string;
  };
  /** The texts of an error's page, by the error's code. */
  readonly errors: Readonly<Record<AuthErrorCode, ErrorTexts>>;
  /** Descriptions of scopes, by the scope's full name. A scope without a description is shown by its name. */
  readonly scopes: Readonly<Record<string, string>>;
  /** Labels of the note for the developer on an error's page. The note itself is in English. */
  readonly developer: {
    readonly heading: string;
    readonly code: string;
    readonly detail: string;
    readonly remedy: string;
  };
}

/** The placeholders of a text or of a group of texts, in addition to `{app}`. */
export const PLACEHOLDERS: Readonly<Record<string, readonly string[]>> = {
  signedInAs: ["account"],
  account: ["expected", "actual"],
};

const errors = Object.fromEntries(
  Object.entries(ERROR_TABLE).map(([code, row]) => [code, row.user]),
) as PageTexts["errors"];

/** The default texts. The texts of an app replace some or all of them. */
export const ENGLISH: PageTexts = {
  language: "en",
  thisApp: "this app",
  signedInAs: "Signed in as {account}",
  home: "Back to the start page",
  retry: "Try again",
  missingScopes: "Access that is missing",
  denied: {
    title: ERROR_TABLE.access_denied.user.title,
    paragraphs: ["Nothing was shared with {app}. You can continue without it, or allow access at any time."],
    scopesHeading: "Access that you did not allow",
    carryOn: "Continue without it",
    askAgain: "Ask me again",
  },
  declined: {
    title: ERROR_TABLE.insufficient_scope.user.title,
    paragraphs: [
      "It needs access that you did not allow when Google asked you. Everything else works as before.",
      "To use this feature, let Google ask you again, and check the boxes for the access listed below.",
    ],
    scopesHeading: "For this feature, {app} needs to",
    askAgain: "Ask me again",
    carryOn: "Continue without it",
  },
  form: {
    title: "Your session has ended",
    text: "You are no longer signed in, so {app} could not accept your form.",
    notSaved:
      "Nothing that you entered was saved. To keep a longer text, go back with your browser's Back button and copy it first. Then continue here, and send the form again.",
    scopesHeading: "For this form, {app} needs to",
    signIn: "Sign in with Google",
    allow: "Allow access",
    back: "Back to the form",
  },
  account: {
    title: ERROR_TABLE.account_mismatch.user.title,
    paragraphs: [
      "You are signed in here as {expected}, but at Google you continued as {actual}. Nothing was changed.",
      "The two accounts stay separate. Which one would you like to use?",
    ],
    retry: "Stay with {expected}",
    continue: "Switch to {actual}",
  },
  revoke: {
    title: "Disconnect {app} from Google?",
    paragraphs: [
      "This removes all access to your Google account that you have allowed here, and every feature that uses your Google data will be switched off.",
      "Other apps that share this connection, on your phone for example, will lose their access too. You will be signed out here, and you can connect again at any time.",
    ],
    scopesHeading: "Access that ends",
    confirm: "Disconnect",
    cancel: "Stay connected",
  },
  signOut: {
    title: "Sign out of {app}?",
    paragraphs: [
      "You will be signed out here, in this browser. You stay signed in at Google.",
      "This does not end the access to your Google data that you have allowed.",
    ],
    confirm: "Sign out",
    cancel: "Stay signed in",
  },
  errors,
  scopes: SCOPE_DESCRIPTIONS,
  developer: {
    heading: "For the developer",
    code: "Code",
    detail: "What happened",
    remedy: "What to do",
  },
};
