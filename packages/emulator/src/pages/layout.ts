import { createHash } from "node:crypto";
import { type Answer, notStored } from "../http/responses.ts";
import { html, Markup } from "./html.ts";
import { stylesheet } from "./stylesheet.ts";

// One piece: the policy allows the element by the hash of its text, so a formatter must not touch it.
const styleElement = new Markup(`<style>${stylesheet}</style>`);
const styleHash = createHash("sha256").update(stylesheet).digest("base64");

/**
 * No `form-action`: Chromium applies it to the redirect that follows a submitted form too, and that
 * one leads to the client.
 */
const securityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** A complete page of the emulator. `kind` is what {@link approve} goes by. */
export function page(
  status: number,
  kind: "accounts" | "consent" | "error" | "home",
  title: string,
  content: Markup,
): Answer {
  const { text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} – local emulator</title>
        ${styleElement}
      </head>
      <body data-page="${kind}">
        <header><p>Sign in – local emulator</p></header>
        <main>${content}</main>
        <footer><p>Scopegate emulator. Not Google: nothing here is real, and nothing leaves this machine.</p></footer>
      </body>
    </html> `;
  return {
    status,
    headers: {
      ...notStored,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": securityPolicy,
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    },
    body: text,
  };
}
