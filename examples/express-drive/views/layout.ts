import { FEATURES } from "../features.ts";
import { html } from "./html.ts";
import type { Content, Markup } from "./html.ts";

/** What every page knows: whose it is, and which Google it speaks to. */
export interface PageContext {
  readonly path: string;
  readonly user?: Person | undefined;
  /** Address of the local Google, where that is what the app uses. */
  readonly localGoogle?: string | undefined;
}

/** Somebody signed in. */
export interface Person {
  readonly name: string;
  /** There with scope `email`. */
  readonly email?: string | undefined;
}

export const APP_NAME = "Scopegate demo";

/** A complete page. Nothing is loaded but the app's own style sheet, and nothing needs a script. */
export function layout({ path, user, localGoogle }: PageContext, title: string, content: Content): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title === APP_NAME ? title : `${title} · ${APP_NAME}`}</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header class="bar">
          <a class="brand" href="/" ${path === "/" && html` aria-current="page"`}>${APP_NAME}</a>
          <nav aria-label="Features">${FEATURES.map((feature) => navLink(feature.name, feature.path, path))}</nav>
          ${user && path !== "/" && html`<p class="me"><span class="visually-hidden">Signed in as ${user.name}</span>${initials(user)}</p>`}
        </header>
        <main id="content">${content}</main>
        <footer>${origin(localGoogle)}</footer>
      </body>
    </html> `.text;
}

function navLink(name: string, href: string, path: string): Markup {
  return html`<a href="${href}" ${href === path && html` aria-current="page"`}>${name}</a>`;
}

function origin(localGoogle: string | undefined): Markup {
  return localGoogle === undefined
    ? html`<p>This app uses your real Google account, and only reads.</p>`
    : html`<p>
        Google is played by <a href="${localGoogle}">${new URL(localGoogle).host}</a>. Nothing here is real, and nothing
        leaves this machine.
      </p>`;
}

/** A drawing for who has no picture here: a remote one would tell Google of every visit. Not read out. */
export function initials({ name }: Person): Markup {
  const words = name.split(/[\s@.]+/).filter((word) => word !== "");
  const letters = [words[0], words.length > 2 ? words.at(-1) : words[1]].map((word) => word?.slice(0, 1) ?? "");
  return html`<span class="initials" aria-hidden="true">${letters.join("").toUpperCase()}</span>`;
}
