import { createHash } from "node:crypto";
import { type HttpResponse, noStore } from "../http/responses.ts";
import { html, Markup } from "./html.ts";
import { stylesheet } from "./stylesheet.ts";

// The content security policy allows this element by the hash of its text. It is not part of the template below, because
// a formatter would change the text there.
const styleElement = new Markup(`<style>${stylesheet}</style>`);
const styleHash = createHash("sha256").update(stylesheet).digest("base64");

/**
 * It has no `form-action`: Chromium applies that directive also to the redirect after a submitted form, which leads to
 * the client.
 */
const securityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** A complete page. {@link readPage} recognizes it by its `kind`. */
export function page(
  status: number,
  kind: "accounts" | "consent" | "error" | "home",
  title: string,
  content: Markup,
): HttpResponse {
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
        <footer>
          <p>This is the Scopegate emulator, not Google. No account here is real, and no data leaves this machine.</p>
        </footer>
      </body>
    </html> `;
  return {
    status,
    headers: {
      ...noStore,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": securityPolicy,
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    },
    body: text,
  };
}
