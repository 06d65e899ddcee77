import { FEATURES } from "../features.ts";
import { html } from "./html.ts";
import type { Content, Markup } from "./html.ts";

/** The data that every page needs. */
export interface PageContext {
  readonly path: string;
  readonly user?: Person | undefined;
  /** The address of the local Google, if the app uses it. */
  readonly localGoogle?: string | undefined;
}

/** The signed-in user. */
export interface Person {
  readonly name: string;
  /** Present with the scope `email`. */
  readonly email?: string | undefined;
}

export const APP_NAME = "Scopegate demo";

/** Renders a complete page. It loads only the app's style sheet and icon, and needs no script. */
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
    ? html`<p>This app uses your real Google account. It only reads data.</p>`
    : html`<p>
        This demo uses a local Google at <a href="${localGoogle}">${new URL(localGoogle).host}</a>. Its accounts and
        data are invented, and all requests stay on this machine.
      </p>`;
}

/**
 * The user's initials in place of their picture, because loading the picture would tell Google about each visit. Screen
 * readers skip them.
 */
export function initials({ name }: Person): Markup {
  const words = name.split(/[\s@.]+/).filter((word) => word !== "");
  const letters = [words[0], words.length > 2 ? words.at(-1) : words[1]].map((word) => word?.slice(0, 1) ?? "");
  return html`<span class="initials" aria-hidden="true">${letters.join("").toUpperCase()}</span>`;
}
