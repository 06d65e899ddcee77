import type { EmulatorUser } from "../options/user.ts";
import { canonicalScope, splitScopes } from "../protocol/scopes.ts";
import type { Google } from "../state/google.ts";
import { readPage, type SignInPage } from "./sign-in-page.ts";

/** What the user does on the sign-in pages. */
export interface ApproveOptions {
  /**
   * The `sub` or e-mail address of the account that signs in. Default: the account of `login_hint`, or else the first.
   */
  readonly user?: string;
  /** The scopes whose checkboxes the user ticks. Default `"all"`. Sign-in scopes have no checkbox. */
  readonly scopes?: "all" | readonly string[];
  /** Whether the user cancels. Default `false`. */
  readonly deny?: boolean;
  /** The `User-Agent` header. Default: a desktop browser's. */
  readonly userAgent?: string;
}

/** A browser without a screen, which keeps the emulator's cookie and so stays signed in. */
export interface EmulatorBrowser {
  /**
   * Opens the authorization URL, chooses the account, ticks the checkboxes and submits the consent page.
   *
   * @returns The address of the redirect back to the client. The browser does not open it.
   * @throws {@link AuthorizationPageError} if the emulator shows an error page.
   * @throws `TypeError` if the URL belongs to another server, the account does not exist, or there is no page to deny.
   *
   * @example
   * ```ts
   * const browser = google.createBrowser();
   * await browser.approve(authorizationUrl, { user: "ada@example.com" });
   * const silent = await browser.approve(`${authorizationUrl}&prompt=none`); // Ada is signed in
   * ```
   */
  approve(authorizationUrl: string | URL, options?: ApproveOptions): Promise<string>;
}

/** The longest walk has three pages (chooser, all accounts, consent), each with its redirect. */
const maximumSteps = 8;

export function createEmulatorBrowser(google: Google): EmulatorBrowser {
  const cookies = new Map<string, string>();

  async function visit(url: URL, userAgent: string, form?: URLSearchParams): Promise<Response> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, {
      redirect: "manual",
      headers: { accept: "text/html", "user-agent": userAgent, ...(cookie && { cookie }) },
      ...(form && { method: "POST", body: form }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) cookies.set(name, value);
    }
    return response;
  }

  return {
    async approve(authorizationUrl, options = {}) {
      const url = new URL(authorizationUrl);
      if (url.origin !== new URL(google.url).origin) {
        throw new TypeError(
          `"authorizationUrl" must be an address of this emulator (${google.url}), not of ${url.origin}. Give the app the emulator's endpoints.`,
        );
      }
      const user = approver(google, url, options.user);
      const userAgent = options.userAgent ?? "Mozilla/5.0 (X11; Linux x86_64) Scopegate-Emulator";
      let response = await visit(url, userAgent);
      for (let step = 0; step < maximumSteps; step += 1) {
        const location = response.headers.get("location");
        if (location?.startsWith("/")) {
          response = await visit(new URL(location, url), userAgent);
          continue;
        }
        if (location !== null) {
          if (options.deny && new URL(location).searchParams.has("code")) {
            throw new TypeError(
              '"deny" has no effect, because the user granted these scopes before and saw no consent page. Add prompt=consent to the authorization URL.',
            );
          }
          return location;
        }
        const page = readPage(response.status, await response.text());
        response = await visit(new URL(page.action, url), userAgent, submission(page, user, options));
      }
      throw new Error(`The sign-in did not finish after ${maximumSteps} pages and redirects`);
    },
  };
}

function approver({ directory }: Google, url: URL, wanted: string | undefined): EmulatorUser {
  if (wanted !== undefined) return directory.requireUser(wanted);
  const user = directory.findUser(url.searchParams.get("login_hint") ?? "") ?? directory.users[0];
  if (!user) throw new TypeError('The emulator has no accounts. Add one with addUser() or the option "users".');
  return user;
}

/** Returns the fields that the user submits on this page. */
function submission(page: SignInPage, user: EmulatorUser, options: ApproveOptions): URLSearchParams {
  const { interaction } = page;
  if (page.kind === "accounts") {
    // If `hd` hides the account, the user presses "Use another account".
    const account = page.accounts.includes(user.sub) ? user.sub : "";
    return new URLSearchParams({ interaction, account });
  }
  const decision = options.deny ? "cancel" : "allow";
  const form = new URLSearchParams({ interaction, account: page.account, decision });
  const ticked = ticks(page.scopes, options.scopes ?? "all");
  for (const scope of ticked) form.append("scope", scope);
  return form;
}

function ticks(boxes: readonly string[], wanted: "all" | readonly string[]): readonly string[] {
  if (wanted === "all") return boxes;
  const scopes = new Set(wanted.flatMap(splitScopes).map(canonicalScope));
  return boxes.filter((box) => scopes.has(box));
}
