const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for an element's content or a quoted attribute. Control characters, which mean nothing there, become U+FFFD. */
export function escapeHtml(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  return text.replace(/[&<>"']|[\u0000-\u0008\u000b-\u001f\u007f]/g, (character) => ENTITIES[character] ?? "\ufffd");
}

/** As {@link escapeHtml}, with `…` in backticks as code: how the error table marks names. */
export function escapeProse(text: string): string {
  return escapeHtml(text).replace(/`([^`\n]+)`/g, "<code>$1</code>");
}

/**
 * An address that a page may link or post to: a path of this origin, or an absolute http(s) URL. Everything else is
 * refused: other schemes (`javascript:`), and what a browser would take for another host (`//e`, `/\e`, a tab inside).
 * @throws TypeError naming `name`; the address itself is not repeated, as its query may hold what a log should not
 */
export function checkHref(name: string, href: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  const clean = typeof href === "string" && !/[\u0000-\u0020\u007f\\]/.test(href);
  if (clean && (/^\/(?!\/)/.test(href) || isWebUrl(href))) return href;
  throw new TypeError(
    `${name} must be a path with one "/" at its start, or an absolute http(s) URL; no spaces, control characters, backslashes`,
  );
}

function isWebUrl(href: string): boolean {
  return /^https?:\/\//i.test(href) && URL.canParse(href);
}
