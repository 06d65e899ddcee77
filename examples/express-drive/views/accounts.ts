import type { Account } from "@scopegate/express";
import { DRIVE } from "../features.ts";
import { html } from "./html.ts";
import type { Markup } from "./html.ts";

/** A Google account of the user, as the pages show it. */
export interface ListedAccount {
  readonly sub: string;
  /** The account's e-mail address, or else its name or subject. */
  readonly name: string;
  readonly isSignedIn: boolean;
  readonly hasDrive: boolean;
}

/** Lists the signed-in account first, and then the linked accounts. */
export function accountsOf(accounts: readonly Account[], signedIn: string | undefined): readonly ListedAccount[] {
  return accounts
    .map((account) => ({
      sub: account.user.sub,
      name: account.user.email ?? account.user.name ?? account.user.sub,
      isSignedIn: account.user.sub === signedIn,
      hasDrive: account.hasScopes(DRIVE.scope),
    }))
    .toSorted((a, b) => Number(b.isSignedIn) - Number(a.isSignedIn) || a.name.localeCompare(b.name));
}

/** The address of `/authorize` that links an account. The user chooses the account at Google. */
export function linkHref({ account, returnTo }: { readonly account?: string; readonly returnTo: string }): string {
  const query = new URLSearchParams({ link: "1", scope: DRIVE.scope, return_to: returnTo });
  if (account !== undefined) query.set("login_hint", account);
  return `/authorize?${query.toString()}`;
}

/** The page with the Drive files of an account. */
function driveHref({ sub, isSignedIn }: ListedAccount): string {
  return isSignedIn ? DRIVE.path : `/accounts/${sub}${DRIVE.path}`;
}

/** The section of the start page that lists the accounts. */
export function accountsSection(accounts: readonly ListedAccount[]): Markup {
  return html`<section>
    <h2 id="accounts">Your Google accounts</h2>
    <table aria-labelledby="accounts">
      <thead>
        <tr>
          <th scope="col">Account</th>
          <th scope="col">Actions</th>
        </tr>
      </thead>
      <tbody>
        ${accounts.map(accountRow)}
      </tbody>
    </table>
    <p class="actions"><a class="button" href="${linkHref({ returnTo: "/" })}">Link another account</a></p>
  </section>`;
}

function accountRow(account: ListedAccount): Markup {
  const { name, isSignedIn, hasDrive, sub } = account;
  return html`<tr>
    <th scope="row">
      ${name}<span class="quiet"
        >${isSignedIn ? "Signed in" : "Linked"}${!hasDrive && ", without access to Drive"}</span
      >
    </th>
    <td>
      <div class="choices-inline">
        <a class="button small" href="${driveHref(account)}"
          >${hasDrive ? "Files" : "Allow"}<span class="visually-hidden"
            >${hasDrive ? " of" : " access to the Drive files of"} ${name}</span
          ></a
        >
        ${
          !isSignedIn &&
          html`<form method="post" action="/accounts/${sub}/unlink">
            <button class="button small" type="submit">Unlink<span class="visually-hidden"> ${name}</span></button>
          </form>`
        }
      </div>
    </td>
  </tr>`;
}

/** Links to the Drive files of each account, if there are several accounts. */
export function accountChoice(accounts: readonly ListedAccount[], shown: string): Markup | false {
  if (accounts.length < 2) return false;
  return html`<nav class="accounts" aria-label="Accounts">
    ${accounts.map(
      (account) =>
        html`<a class="button small" href="${driveHref(account)}" ${account.sub === shown && html` aria-current="page"`}
          >${account.name}</a
        > `,
    )}
  </nav>`;
}
