import type { PageModel } from "./model.ts";

/** One line drawing for each kind of page, 24 by 24. They are decorative: the text of the page says everything. */
const DRAWINGS: Readonly<Record<PageModel["kind"], string>> = {
  // A pause
  denied: '<circle cx="12" cy="12" r="9"/><path d="M10 9v6M14 9v6"/>',
  // A switch, off
  declined: '<rect x="2.5" y="7" width="19" height="10" rx="5"/><circle cx="7.5" cy="12" r="2.25"/>',
  error: '<circle cx="12" cy="12" r="9"/><path d="M12 7.5v5.5M12 16.4v.1"/>',
  // Two people
  account:
    '<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 19.5c.6-3.4 3.2-5 6.5-5s5.9 1.6 6.5 5M16 5.3a3.5 3.5 0 0 1 0 6.4M18.5 15.2c1.6.8 2.7 2.2 3 4.3"/>',
  // A chain, broken
  revoke:
    '<path d="M10 7.5 12.2 5.3a4.6 4.6 0 0 1 6.5 6.5L16.5 14M14 16.5l-2.2 2.2a4.6 4.6 0 0 1-6.5-6.5L7.5 10M8.5 2.5V5M2.5 8.5H5M15.5 21.5V19M21.5 15.5H19"/>',
  // A door, an arrow out
  signOut: '<path d="M13.5 3.5h-7a2 2 0 0 0-2 2v13a2 2 0 0 0 2 2h7M10 12h10.5M17 8.5l3.5 3.5-3.5 3.5"/>',
};

/** The icon of a page. Attributes set its size, so that it stays small without the style sheet. */
export function renderIcon(kind: PageModel["kind"]): string {
  return `<svg class="icon" width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">${DRAWINGS[kind]}</svg>`;
}
