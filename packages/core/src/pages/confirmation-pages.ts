import { checkHrefs, composePage, type PageDraft } from "./draft.ts";

/** The input of a confirmation. */
interface ConfirmationInput {
  /** Where the form posts to. */
  readonly action: string;
  /** Proves that the form came from this app. */
  readonly token: string;
  /** Where the user goes without confirming. */
  readonly homeHref: string;
  /** Who is signed in: an e-mail address or a name. */
  readonly user?: string | undefined;
}

/** Asks before the app's access is revoked at Google, and says what the revocation affects. */
export function revokePage(input: ConfirmationInput & { readonly scopes: Iterable<string> }): PageDraft {
  const { action, token, homeHref, user, scopes } = checkHrefs(input);
  return (wording) => {
    const words = wording.texts.revoke;
    return composePage(wording, {
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

/** Asks before the user is signed out of the app, and says that the access granted at Google stays. */
export function signOutPage(input: ConfirmationInput): PageDraft {
  const { action, token, homeHref, user } = checkHrefs(input);
  return (wording) => {
    const words = wording.texts.signOut;
    return composePage(wording, {
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
