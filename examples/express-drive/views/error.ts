import { html } from "./html.ts";
import type { Markup } from "./html.ts";
import { layout } from "./layout.ts";
import type { PageContext } from "./layout.ts";

/** The content of an error page. */
export interface Failure {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  /** The main action. Without it, the only link leads to the start page. */
  readonly action?: { readonly label: string; readonly href: string };
  /** Details for the developer. Only present in development. */
  readonly details?: Readonly<Record<string, string>>;
}

export function errorPage(context: PageContext, failure: Failure): string {
  const { title, text, action, details } = failure;
  return layout(
    context,
    title,
    html`<section class="hero">
        <p class="quiet">${failure.status}</p>
        <h1>${title}</h1>
        <p class="lead">${text}</p>
        <p class="actions">
          ${action && html`<a class="button primary" href="${action.href}">${action.label}</a>`}
          <a class="${action === undefined ? "button primary" : "button"}" href="/">Back to the start page</a>
        </p>
      </section>
      ${details && developerNote(details)}`,
  );
}

function developerNote(details: Readonly<Record<string, string>>): Markup {
  return html`<aside aria-labelledby="developer">
    <h2 id="developer">For the developer</h2>
    <dl>
      ${Object.entries(details).map(
        ([term, text]) =>
          html`<dt>${term}</dt>
            <dd>${prose(text)}</dd>`,
      )}
    </dl>
  </aside>`;
}

/** Renders text in backticks as code. Scopegate's remedies mark names in this way. */
function prose(text: string): Markup[] {
  return text.split("`").map((part, index) => (index % 2 === 0 ? html`${part}` : html`<code>${part}</code>`));
}
