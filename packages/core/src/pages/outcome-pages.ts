import type { AuthError } from "../errors/auth-error.ts";
import { ERROR_TABLE } from "../errors/error-table.ts";
import { checkHrefs, composePage, type PageDraft } from "./draft.ts";

/** Every address is a path of this origin or an absolute http(s) URL. */
interface CommonInput {
  /** The app's start page, or another page where the user can continue. */
  readonly homeHref: string;
  /** Who is signed in: an e-mail address or a Google subject. */
  readonly signedInAs?: string | undefined;
}

/** The user declined at Google. */
export function deniedPage(
  input: CommonInput & { readonly scopes: Iterable<string>; readonly retryHref: string },
): PageDraft {
  const { scopes, homeHref, retryHref, signedInAs } = checkHrefs(input);
  return (wording) => {
    const words = wording.texts.denied;
    return composePage(wording, {
      kind: "denied",
      status: ERROR_TABLE.access_denied.status,
      code: "access_denied",
      words,
      scopes,
      signedInAs,
      // The user has decided, so continuing without access comes first and asking again second.
      actions: [
        { label: words.carryOn, href: homeHref, emphasis: "primary" },
        { label: words.askAgain, href: retryHref },
      ],
    });
  };
}

/**
 * The user opened a guarded page less than ten minutes after leaving out its scopes. Asking again is a link and not a
 * form: it redirects to Google, which the `form-action 'self'` of this page does not allow for forms.
 */
export function declinedPage(
  input: CommonInput & { readonly missing: Iterable<string>; readonly askAgainHref: string },
): PageDraft {
  const { missing, homeHref, askAgainHref, signedInAs } = checkHrefs(input);
  return (wording) => {
    const words = wording.texts.declined;
    return composePage(wording, {
      kind: "declined",
      status: ERROR_TABLE.insufficient_scope.status,
      code: "insufficient_scope",
      words,
      scopes: missing,
      signedInAs,
      actions: [
        { label: words.askAgain, href: askAgainHref, emphasis: "primary" },
        { label: words.carryOn, href: homeHref },
      ],
    });
  };
}

/**
 * An error ended the authorization or the request. The page does not include the error's headers: pass `error.headers`
 * on when it is sent.
 * @param input - `developerNote`: what the developer should know beyond the error's message; never a secret
 */
export function errorPage(
  error: AuthError,
  input: CommonInput & { readonly retryHref?: string | undefined; readonly developerNote?: string | undefined },
): PageDraft {
  const { homeHref, retryHref, signedInAs, developerNote } = checkHrefs(input);
  const note = developerNote === undefined ? error.message : `${error.message}\n${developerNote}`;
  return (wording) => {
    const { texts } = wording;
    const { title, text } = texts.errors[error.code];
    return composePage(wording, {
      kind: "error",
      status: error.status,
      code: error.code,
      words: { title, paragraphs: [text], scopesHeading: texts.missingScopes },
      scopes: error.missing,
      signedInAs,
      developerNote: wording.developerNotes ? note : undefined,
      actions:
        retryHref === undefined
          ? [{ label: texts.home, href: homeHref, emphasis: "primary" }]
          : [
              { label: texts.retry, href: retryHref, emphasis: "primary" },
              { label: texts.home, href: homeHref },
            ],
    });
  };
}

/**
 * The user sent a form to a guarded route, which refused it. The page says that the form was not saved: a redirect to
 * Google would lose its fields without a word.
 * @param input - `continueHref`: where the user signs in or allows access; `backHref`: the page with the form
 */
export function formPage(
  error: AuthError,
  input: CommonInput & { readonly continueHref?: string | undefined; readonly backHref?: string | undefined },
): PageDraft {
  const { continueHref, backHref, homeHref, signedInAs } = checkHrefs(input);
  return (wording) => {
    const { form, errors, home } = wording.texts;
    const { title, text } = error.code === "sign_in_required" ? form : errors[error.code];
    const label = error.code === "insufficient_scope" ? form.allow : form.signIn;
    return composePage(wording, {
      kind: "error",
      status: error.status,
      code: error.code,
      words: { title, paragraphs: [text, form.notSaved], scopesHeading: form.scopesHeading },
      scopes: error.missing,
      signedInAs,
      actions: [
        ...(continueHref === undefined ? [] : [{ label, href: continueHref, emphasis: "primary" as const }]),
        backHref === undefined ? { label: home, href: homeHref } : { label: form.back, href: backHref },
      ],
    });
  };
}

/**
 * The user continued at Google with another account (`actual`) than the one signed in here (`expected`). The page lets
 * the user choose; the two accounts are never merged.
 */
export function accountPage(input: {
  readonly expected: string;
  readonly actual: string;
  readonly continueHref: string;
  readonly retryHref: string;
  readonly homeHref: string;
}): PageDraft {
  const { expected, actual, continueHref, retryHref, homeHref } = checkHrefs(input);
  return (wording) => {
    const words = wording.texts.account;
    return composePage(wording, {
      kind: "account",
      status: ERROR_TABLE.account_mismatch.status,
      code: "account_mismatch",
      words,
      values: { expected, actual },
      signedInAs: expected,
      actions: [
        { label: words.retry, href: retryHref, emphasis: "primary" },
        { label: words.continue, href: continueHref },
        { label: wording.texts.home, href: homeHref },
      ],
    });
  };
}
