const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for the content of an element or a quoted attribute. Control characters become U+FFFD. */
export function escapeHtml(text: string): string {
  // oxlint-disable-next-line no-control-regex -- the expression has to match control characters
  return text.replace(/[&<>"']|[\u0000-\u0008\u000b-\u001f\u007f]/g, (character) => ENTITIES[character] ?? "\ufffd");
}

/** Escapes text as {@link escapeHtml} does, and shows text in backticks as code. The error table marks names that way. */
export function escapeProse(text: string): string {
  return escapeHtml(text).replace(/`([^`\n]+)`/g, "<code>$1</code>");
}

/**
 * Checks an address that a page links or posts to: a path of this origin, or an absolute http(s) URL. It rejects other
 * schemes (`javascript:`), and paths that browsers read as another host (`//e`, `/\e`, a path with a tab inside).
 * @returns the address
 * @throws TypeError naming `name`. The error does not repeat the address, whose query may hold data that must not be logged.
 */
export function checkHref(name: string, href: string): string {
  // oxlint-disable-next-line no-control-regex -- the expression has to match control characters
  const clean = typeof href === "string" && !/[\u0000-\u0020\u007f\\]/.test(href);
  if (clean && (/^\/(?!\/)/.test(href) || isWebUrl(href))) return href;
  throw new TypeError(
    `${name} must be a path that starts with a single "/", or an absolute http(s) URL, without spaces, control characters and backslashes.`,
  );
}

function isWebUrl(href: string): boolean {
  return /^https?:\/\//i.test(href) && URL.canParse(href);
}
