/**
 * The emulator showed an error page. Google does not redirect the user back to the client with such an error.
 *
 * @example
 * ```ts
 * await expect(google.approve(authorizationUrl)).rejects.toMatchObject({ code: "redirect_uri_mismatch" });
 * ```
 */
export class AuthorizationPageError extends Error {
  override readonly name = "AuthorizationPageError";
  /** The HTTP status of the page. */
  readonly status: number;
  /** Google's error code, such as `redirect_uri_mismatch`. `undefined` if the page is not one of the emulator's. */
  readonly code: string | undefined;

  constructor(status: number, code: string | undefined, description: string) {
    super(
      code === undefined
        ? `The response with status ${status} is not a page of the emulator. It begins: ${description}`
        : `Error ${status}: ${code}. ${description}`,
    );
    this.status = status;
    this.code = code;
  }
}

/** The form of a sign-in page. */
export type SignInPage = { readonly action: string; readonly interaction: string } & (
  | { readonly kind: "accounts"; readonly accounts: readonly string[] }
  | { readonly kind: "consent"; readonly account: string; readonly scopes: readonly string[] }
);

/**
 * Reads a sign-in page of the emulator.
 *
 * @throws {@link AuthorizationPageError} for an error page, and for any other response.
 */
export function readPage(status: number, markup: string): SignInPage {
  const kind = /<body data-page="(\w+)"/.exec(markup)?.[1];
  // The consent page has two forms. The first switches the account, the last submits the decision.
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
