import { ERROR_TABLE } from "../errors/error-table.ts";
import { fillText } from "./fill-text.ts";
import { checkHref, escapeHtml, escapeProse } from "./html.ts";
import { renderIcon } from "./icons.ts";
import { writingDirection } from "./language.ts";
import type { DescribedScope, PageAction, PageModel } from "./model.ts";
import { STYLE } from "./style.ts";
import type { PageTexts } from "./texts.ts";

/** Texts of a page that are not in its model. */
export interface LayoutContext {
  readonly appName?: string | undefined;
  readonly texts: PageTexts;
}

/**
 * Renders a page as an HTML document: one card, no script, no external resources. Its source order is its reading order,
 * so that the page makes sense without the style sheet.
 */
export function renderPage(model: PageModel, { appName, texts }: LayoutContext): string {
  return `<!doctype html>
<html lang="${escapeHtml(model.language)}" dir="${writingDirection(model.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${escapeHtml(appName === undefined ? model.title : `${model.title} · ${appName}`)}</title>
<style>${STYLE}</style>
</head>
<body data-kind="${model.kind}">
${lines(
  appName !== undefined && `<header>${escapeHtml(appName)}</header>`,
  "<main>",
  renderIcon(model.kind),
  `<h1>${escapeHtml(model.title)}</h1>`,
  ...model.paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
  model.scopes.length > 0 && renderScopes(model.scopes, model.scopesHeading),
  `<div class="actions">`,
  ...model.actions.map(renderAction),
  "</div>",
  "</main>",
  model.signedInAs !== undefined &&
    `<footer>${escapeHtml(fillText(texts.signedInAs, { account: model.signedInAs }, model.language))}</footer>`,
  model.developerNote !== undefined && renderDeveloperNote(model, model.developerNote, texts.developer),
)}
</body>
</html>
`;
}

function lines(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join("\n");
}

function renderScopes(scopes: readonly DescribedScope[], heading: string | undefined): string {
  // A scope without a description is shown by its name, which is always written left to right.
  const items = scopes.map(({ scope, description }) =>
    description === scope
      ? `<li><code dir="ltr">${escapeHtml(scope)}</code></li>`
      : `<li>${escapeHtml(description)}</li>`,
  );
  return lines(
    `<div class="scopes">`,
    heading !== undefined && `<h2>${escapeHtml(heading)}</h2>`,
    "<ul>",
    ...items,
    "</ul>",
    "</div>",
  );
}

function renderAction({ label, href, post, emphasis }: PageAction): string {
  const look = `class="action${emphasis === undefined ? "" : ` ${emphasis}`}"`;
  const address = escapeHtml(checkHref("href", href));
  if (post === undefined) return `<a ${look} href="${address}">${escapeHtml(label)}</a>`;
  const fields = Object.entries(post).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return `<form method="post" action="${address}">${fields.join("")}<button ${look} type="submit">${escapeHtml(label)}</button></form>`;
}

function renderDeveloperNote({ code }: PageModel, note: string, words: PageTexts["developer"]): string {
  const entry = (term: string, html: string): string =>
    `<dt>${escapeHtml(term)}</dt><dd lang="en" dir="ltr">${html}</dd>`;
  return lines(
    `<aside aria-labelledby="developer">`,
    `<h2 id="developer">${escapeHtml(words.heading)}</h2>`,
    "<dl>",
    code !== undefined && entry(words.code, `<code>${code}</code>`),
    entry(words.detail, escapeProse(note)),
    code !== undefined && entry(words.remedy, escapeProse(ERROR_TABLE[code].remedy)),
    "</dl>",
    "</aside>",
  );
}
