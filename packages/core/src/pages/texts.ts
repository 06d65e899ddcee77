import type { AuthErrorCode } from "../errors/auth-error.ts";
import { ERROR_TABLE } from "../errors/error-table.ts";
import { SCOPE_DESCRIPTIONS } from "./scope-descriptions.ts";

/** The words of an error's page. */
export interface ErrorTexts {
  readonly title: string;
  readonly text: string;
}

/**
 * All words of the pages. Every text may name the app as `{app}`; further placeholders are named beside the texts that
 * know them. Texts are plain text: markup in them is shown, not obeyed.
 */
export interface PageTexts {
  /** The language of these texts, a BCP 47 tag such as `de` or `ar-EG`. Gives `<html lang>` and the writing direction. */
  readonly language: string;
  /** Stands for `{app}` where `pages.appName` is not set. Never begins a sentence in the English texts. */
  readonly thisApp: string;
  /** Knows `{account}`: who is signed in, an e-mail address or a Google subject. */
  readonly signedInAs: string;
  /** The link to where the user can carry on. */
  readonly home: string;
  /** The link that starts a failed attempt again. */
  readonly retry: string;
  /** What an error's page calls the scopes that are missing. */
  readonly missingScopes: string;
  /** The user said no at Google. */
  readonly denied: {
    readonly title: string;
    readonly paragraphs: readonly string[];
    readonly scopesHeading: string;
    readonly carryOn: string;
    readonly askAgain: string;
  };
  /** A guarded page whose scopes the user has just left out. */
  readonly declined: {
    readonly title: string;
    readonly paragraphs: readonly string[];
    readonly scopesHeading: string;
    readonly askAgain: string;
    readonly carryOn: string;
  };
  /** The user continued with another Google account, `{actual}`, than the one signed in here, `{expected}`. */
  readonly account: {
    readonly title: string;
    readonly paragraphs: readonly string[];
    readonly retry: string;
    readonly continue: string;
  };
  /** Confirms that access is taken back at Google. */
  readonly revoke: {
    readonly title: string;
    readonly paragraphs: readonly string[];
    readonly scopesHeading: string;
    readonly confirm: string;
    readonly cancel: string;
  };
  /** Confirms that the user is signed out of the app. */
  readonly signOut: {
    readonly title: string;
    readonly paragraphs: readonly string[];
    readonly confirm: string;
    readonly cancel: string;
  };
  /** By the error's code. */
  readonly errors: Readonly<Record<AuthErrorCode, ErrorTexts>>;
  /** What a scope lets the app do, by the scope's full name; a scope that is not here is shown as it is. */
  readonly scopes: Readonly<Record<string, string>>;
  /** The part of an error's page that only developers see. The error itself is described in English. */
  readonly developer: {
    readonly heading: string;
    readonly code: string;
    readonly detail: string;
    readonly remedy: string;
  };
}

/** Further placeholders beside `{app}`, by the path of the text or of the group of texts that knows them. */
export const PLACEHOLDERS: Readonly<Record<string, readonly string[]>> = {
  signedInAs: ["account"],
  account: ["expected", "actual"],
};

const errors = Object.fromEntries(
  Object.entries(ERROR_TABLE).map(([code, row]) => [code, row.user]),
) as PageTexts["errors"];

/** The texts that everything else is merged into. */
export const ENGLISH: PageTexts = {
  language: "en",
  thisApp: "this app",
  signedInAs: "Signed in as {account}",
  home: "Back to the start page",
  retry: "Try again",
  missingScopes: "What is not allowed yet",
  denied: {
    title: ERROR_TABLE.access_denied.user.title,
    paragraphs: ["Nothing was shared with {app}. You can carry on, or allow access whenever you like."],
    scopesHeading: "What stays switched off",
    carryOn: "Carry on without it",
    askAgain: "Ask me again",
  },
  declined: {
    title: ERROR_TABLE.insufficient_scope.user.title,
    paragraphs: [
      "It needs access that you left out when Google asked you. Everything else works as before.",
      "If you want to use it, let Google ask you once more, and tick what is listed here.",
    ],
    scopesHeading: "For this feature, {app} needs to",
    askAgain: "Ask me again",
    carryOn: "Carry on without it",
  },
  account: {
    title: ERROR_TABLE.account_mismatch.user.title,
    paragraphs: [
      "You are signed in here as {expected}, but continued at Google as {actual}. Nothing was changed.",
      "The two accounts are kept apart. Which one would you like to use?",
    ],
    retry: "Stay with {expected}",
    continue: "Switch to {actual}",
  },
  revoke: {
    title: "Disconnect {app} from Google?",
    paragraphs: [
      "Google will forget everything that you allowed here, and every feature that uses your Google data will be switched off.",
      "Other apps of the same Google project, on your phone for example, will lose their access too. You will be signed out here, and can connect again whenever you like.",
    ],
    scopesHeading: "What ends",
    confirm: "Disconnect",
    cancel: "Stay connected",
  },
  signOut: {
    title: "Sign out of {app}?",
    paragraphs: [
      "This signs you out here, in this browser. You stay signed in at Google.",
      "It takes nothing back: the access to your Google data that you have allowed stays allowed.",
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
