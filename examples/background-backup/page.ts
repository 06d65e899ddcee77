import type { BackedUp } from "./backups.ts";

/** The app's only page: the accounts with their backups, and the links to connect, disconnect and sign out. */
export function homePage(
  email: string | undefined,
  accounts: readonly BackedUp[],
  filesOf: (account: BackedUp) => number,
): string {
  const content =
    email === undefined
      ? `<p>Connect your Google account. This app then backs up the names of your Drive files, also while you are away.</p>
         <p><a href="/authorize?return_to=/">Connect Google Drive</a></p>`
      : `<p>Signed in as ${escape(email)}.</p>
         <ul>${accounts.map((account) => row(account, filesOf(account))).join("")}</ul>
         <p><a href="/authorize?link=1&amp;return_to=/">Add another account</a></p>
         <p><a href="/revoke">Disconnect</a> · <a href="/signout">Sign out</a> (the backups continue)</p>`;
  return `<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>Backup</title>
      <main><h1>Backup</h1>${content}</main>
    </html>`;
}

function row({ email, account, state, backedUpAt }: BackedUp, files: number): string {
  const when = backedUpAt === 0 ? "no backup yet" : `last backup ${new Date(backedUpAt).toISOString()}, ${files} files`;
  const reconnect = `/authorize?${new URLSearchParams({ link: "1", login_hint: account, return_to: "/" }).toString()}`;
  const status =
    state === "active"
      ? ""
      : ` <strong>The backups have stopped.</strong> <a href="${escape(reconnect)}">Reconnect</a>`;
  return `<li>${escape(email)}: ${when}.${status}</li>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
