import type { AuthError } from "../errors/auth-error.ts";
import { ERROR_TABLE } from "../errors/error-table.ts";
import { fillText } from "./fill-text.ts";
import { checkHref } from "./html.ts";
import type { PageAction, PageModel } from "./model.ts";
import { describeScopes } from "./scope-descriptions.ts";
import type { PageTexts } from "./texts.ts";

/** What a page's words depend on; known only when the request's language is. */
export interface Wording {
  readonly texts: PageTexts;
  readonly appName?: string | undefined;
  /** Whether pages tell developers more than users. */
  readonly developerNotes: boolean;
}

/** A page whose words are still to be chosen. Its addresses have been checked. */
export type PageDraft = (wording: Wording) => PageModel;

/** Addresses are paths of this origin or absolute http(s) URLs; people are named by e-mail address or Google subject. */
interface CommonInput {
  readonly homeHref: string;
  readonly signedInAs?: string | undefined;
}

/** The user said no at Google: nothing is lost, and nothing happens by itself. */
export function deniedPage(
  input: CommonInput & { readonly scopes: Iterable<string>; readonly retryHref: string },
): PageDraft {
  const { scopes, homeHref, retryHref, signedInAs } = check(input);
  return (wording) => {
    const words = wording.texts.denied;
    return compose(wording, {
      kind: "denied",
      status: ERROR_TABLE.access_denied.status,
      code: "access_denied",
      words,
      scopes,
      signedInAs,
      // The user has decided: the way on comes first, and asking again is offered, not urged.
      actions: [
        { label: words.carryOn, href: homeHref, emphasis: "primary" },
        { label: words.askAgain, href: retryHref },
      ],
    });
  };
}

/**
 * A guarded page whose scopes the user has just left out. Asking again is a link: it ends at Google, and `form-action`
 * would bar a form from there.
 */
export function declinedPage(
  input: CommonInput & { readonly missing: Iterable<string>; readonly askAgainHref: string },
): PageDraft {
  const { missing, homeHref, askAgainHref, signedInAs } = check(input);
  return (wording) => {
    const words = wording.texts.declined;
    return compose(wording, {
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
 * An attempt failed. The page does not carry the error's headers: pass `error.headers` on when it is sent.
 * @param input - `developerNote`: more for the developer than the error itself says; never a secret
 */
export function errorPage(
  error: AuthError,
  input: CommonInput & { readonly retryHref?: string | undefined; readonly developerNote?: string | undefined },
): PageDraft {
  const { homeHref, retryHref, signedInAs, developerNote } = check(input);
  const note = developerNote === undefined ? error.message : `${error.message}\n${developerNote}`;
  return (wording) => {
    const { texts } = wording;
    const { title, text } = texts.errors[error.code];
    return compose(wording, {
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

/** The user continued with another account (`actual`) than the one signed in (`expected`): two ways on, never a merge. */
export function accountPage(input: {
  readonly expected: string;
  readonly actual: string;
  readonly continueHref: string;
  readonly retryHref: string;
  readonly homeHref: string;
}): PageDraft {
  const { expected, actual, continueHref, retryHref, homeHref } = check(input);
  return (wording) => {
    const words = wording.texts.account;
    return compose(wording, {
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

/** What a confirmation needs: where its form posts to, and the token that proves that the form was ours. */
interface ConfirmationInput {
  readonly action: string;
  readonly token: string;
  readonly homeHref: string;
  readonly user?: string | undefined;
}

/** Asks before access is taken back at Google, and says how far that reaches. */
export function revokePage(input: ConfirmationInput & { readonly scopes: Iterable<string> }): PageDraft {
  const { action, token, homeHref, user, scopes } = check(input);
  return (wording) => {
    const words = wording.texts.revoke;
    return compose(wording, {
      kind: "revoke",
      status: 200,
      words,
      scopes,
      signedInAs: user,
      actions: [
        { label: words.confirm, href: action, post: { token }, emphasis: "danger" },
        { label: words.cancel, href: homeHref },
      ],
    });
  };
}

/** Asks before the user is signed out here, and says that what was allowed at Google stays. */
export function signOutPage(input: ConfirmationInput): PageDraft {
  const { action, token, homeHref, user } = check(input);
  return (wording) => {
    const words = wording.texts.signOut;
    return compose(wording, {
      kind: "signOut",
      status: 200,
      words,
      signedInAs: user,
      actions: [
        { label: words.confirm, href: action, post: { token }, emphasis: "primary" },
        { label: words.cancel, href: homeHref },
      ],
    });
  };
}

/** Checks every address of a page's input at once, so that a draft that exists can be rendered. */
function check<T extends object>(input: T): T {
  for (const [name, value] of Object.entries(input)) {
    if ((name === "action" || name.endsWith("Href")) && value !== undefined) checkHref(name, value as string);
  }
  return input;
}

interface Composition extends Pick<PageModel, "kind" | "status" | "code" | "actions"> {
  readonly words: { readonly title: string; readonly paragraphs: readonly string[]; readonly scopesHeading?: string };
  readonly values?: Readonly<Record<string, string>>;
  readonly scopes?: Iterable<string>;
  readonly signedInAs?: string | undefined;
  readonly developerNote?: string | undefined;
}

/** The model of a page: its words filled in, and only those members present that have something to say. */
function compose({ texts, appName }: Wording, page: Composition): PageModel {
  const values = { app: appName ?? texts.thisApp, ...page.values };
  const say = (text: string): string => fillText(text, values, texts.language);
  const scopes = describeScopes(page.scopes ?? [], texts.scopes);
  return {
    kind: page.kind,
    status: page.status,
    language: texts.language,
    title: say(page.words.title),
    paragraphs: page.words.paragraphs.map(say),
    ...(scopes.length > 0 &&
      page.words.scopesHeading !== undefined && { scopesHeading: say(page.words.scopesHeading) }),
    // A scope without words is a name, and no text to fill in.
    scopes: scopes.map(({ scope, description }) => ({
      scope,
      description: description === scope ? scope : say(description),
    })),
    actions: page.actions.map((action): PageAction => ({ ...action, label: say(action.label) })),
    ...(page.code !== undefined && { code: page.code }),
    ...(page.developerNote !== undefined && { developerNote: page.developerNote }),
    ...(page.signedInAs !== undefined && { signedInAs: page.signedInAs }),
  };
}
