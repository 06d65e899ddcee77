import { DRIVE } from "../features.ts";
import type { DriveFile } from "../google-apis.ts";
import { accountChoice } from "./accounts.ts";
import type { ListedAccount } from "./accounts.ts";
import { html } from "./html.ts";
import type { Markup } from "./html.ts";
import { layout } from "./layout.ts";
import type { PageContext } from "./layout.ts";

/** @param shown - the subject of the account whose files are shown */
export function drivePage(
  context: PageContext,
  files: readonly DriveFile[],
  accounts: readonly ListedAccount[],
  shown: string,
): string {
  return layout(
    context,
    DRIVE.name,
    html`<h1>${DRIVE.name}</h1>
      ${accountChoice(accounts, shown)} ${files.length === 0 ? empty() : list(files)}`,
  );
}

function list(files: readonly DriveFile[]): Markup {
  return html`<p class="quiet">Your latest files in Google Drive.</p>
    <ul class="rows">
      ${files.map(
        ({ name, mimeType }) =>
          html`<li>
            <span class="kind" data-kind="${kindOf(mimeType).toLowerCase()}" aria-hidden="true"></span
            ><span class="title">${name}</span><span class="quiet">${kindOf(mimeType)}</span>
          </li> `,
      )}
    </ul>`;
}

function empty(): Markup {
  return html`<div class="empty">
    <p><strong>There are no files in your Drive yet.</strong></p>
    <p class="quiet">Create a file in Google Drive, and then reload this page.</p>
    <p class="actions"><a class="button" href="/">Back to the start page</a></p>
  </div>`;
}

const KINDS: Readonly<Record<string, string>> = {
  "application/vnd.google-apps.document": "Document",
  "application/vnd.google-apps.spreadsheet": "Spreadsheet",
  "application/vnd.google-apps.presentation": "Presentation",
  "application/vnd.google-apps.folder": "Folder",
  "application/pdf": "PDF",
};

function kindOf(mimeType: string): string {
  const [type = ""] = mimeType.split("/");
  const general: Readonly<Record<string, string>> = { text: "Text", image: "Image", audio: "Audio", video: "Video" };
  return KINDS[mimeType] ?? general[type] ?? "File";
}
