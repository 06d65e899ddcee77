import type { EmulatorUser } from "../options/user.ts";
import { canonicalScope, splitScopes } from "../protocol/scopes.ts";
import type { Google } from "../state/google.ts";
import { readPage, type SignInPage } from "./sign-in-page.ts";

/** What the user does on the pages. */
export interface ApproveOptions {
  /**
   * Who signs in, by `sub` or e-mail address. Default: the account of `login_hint`, else the first
   * one configured.
   */
  readonly user?: string;
  /** Which of the checkboxes are ticked: `"all"` (default), or these scopes. Sign-in has no checkbox. */
  readonly scopes?: "all" | readonly string[];
  /** The user cancels. */
  readonly deny?: boolean;
  /** Default: that of a desktop browser. */
  readonly userAgent?: string;
}

/** A browser without a screen: it keeps the emulator's cookie, and clicks. */
export interface EmulatorBrowser {
  /**
   * Opens the address, chooses the account, ticks the boxes and answers.
   *
   * @returns The address of the redirect back to the client; it is not fetched.
   * @throws {@link AuthorizationPageError} where an error page is shown instead.
   * @throws `TypeError` for an address that is not of this emulator, or options that cannot be met.
   */
  approve(authorizationUrl: string | URL, options?: ApproveOptions): Promise<string>;
}

/** Chooser, all accounts, consent, each with its redirect: no walk is longer. */
const longestWalk = 8;

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
        throw new TypeError(`"authorizationUrl" is of ${url.origin}, not of this emulator, ${google.url}`);
      }
      const user = approver(google, url, options.user);
      const userAgent = options.userAgent ?? "Mozilla/5.0 (X11; Linux x86_64) Scopegate-Emulator";
      let response = await visit(url, userAgent);
      for (let step = 0; step < longestWalk; step += 1) {
        const location = response.headers.get("location");
        if (location?.startsWith("/")) {
          response = await visit(new URL(location, url), userAgent);
          continue;
        }
        if (location !== null) {
          if (options.deny && new URL(location).searchParams.has("code")) {
            throw new TypeError(
              '"deny" was asked for, but no consent page was shown: everything is granted already. Add prompt=consent.',
            );
          }
          return location;
        }
        const page = readPage(response.status, await response.text());
        response = await visit(new URL(page.action, url), userAgent, answer(page, user, options));
      }
      throw new Error("The sign-in did not come to an end");
    },
  };
}

function approver({ directory }: Google, url: URL, wanted: string | undefined): EmulatorUser {
  if (wanted !== undefined) return directory.requireUser(wanted);
  const user = directory.findUser(url.searchParams.get("login_hint") ?? "") ?? directory.users[0];
  if (!user) throw new TypeError("The emulator has no account to sign in with");
  return user;
}

/** What the user would submit on this page. */
function answer(page: SignInPage, user: EmulatorUser, options: ApproveOptions): URLSearchParams {
  const { interaction } = page;
  if (page.kind === "accounts") {
    // An account that `hd` hides is behind "Use another account".
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
