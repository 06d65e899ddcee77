/** The emulator showed an error page: Google does not send the user back to the client with this error. */
export class AuthorizationPageError extends Error {
  override readonly name = "AuthorizationPageError";
  /** The page's HTTP status. */
  readonly status: number;
  /** Google's code, such as `redirect_uri_mismatch`; `undefined` for a page that is not the emulator's. */
  readonly code: string | undefined;

  constructor(status: number, code: string | undefined, description: string) {
    super(`Error ${status}: ${code ?? "no sign-in page"}. ${description}`);
    this.status = status;
    this.code = code;
  }
}

/** What there is to click on a page. */
export type SignInPage = { readonly action: string; readonly interaction: string } & (
  | { readonly kind: "accounts"; readonly accounts: readonly string[] }
  | { readonly kind: "consent"; readonly account: string; readonly scopes: readonly string[] }
);

/**
 * Reads one of the emulator's own pages.
 *
 * @throws {@link AuthorizationPageError} for an error page, and for anything that is none of them.
 */
export function readPage(status: number, markup: string): SignInPage {
  const kind = /<body data-page="(\w+)"/.exec(markup)?.[1];
  // The consent page's first form switches the account; the one that decides is the last.
  const form = markup.slice(markup.lastIndexOf("<form"));
  const action = /action="([^"]*)"/.exec(form)?.[1] ?? "";
  const [interaction = ""] = fieldValues(form, "interaction");
  if (kind === "accounts") {
    return { kind, action, interaction, accounts: fieldValues(form, "account") };
  }
  if (kind === "consent") {
    const [account = ""] = fieldValues(form, "account");
    return { kind, action, interaction, account, scopes: fieldValues(form, "scope") };
  }
  const code = /Error \d+: (\w+)/.exec(markup)?.[1];
  const description = /<p data-description>([^<]*)/.exec(markup)?.[1] ?? markup.slice(0, 200);
  throw new AuthorizationPageError(status, code, unescapeHtml(description));
}

function fieldValues(form: string, name: string): string[] {
  const fields = form.matchAll(new RegExp(`name="${name}" value="([^"]*)"`, "g"));
  return [...fields].map(([, value = ""]) => unescapeHtml(value));
}

function unescapeHtml(text: string): string {
  const characters: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
  return text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => characters[name]!);
}
