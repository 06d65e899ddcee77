import type { EmulatorUser } from "../options/user.ts";
import { html, type Markup } from "./html.ts";

/** A decoration next to the name. Screen readers skip it. */
export function initialsBadge(user: EmulatorUser): Markup {
  return html`<span class="initials" aria-hidden="true">${initials(user.name)}</span>`;
}

export function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== "");
  const ends = words.length > 1 ? [words[0]!, words.at(-1)!] : words;
  return ends.map((word) => word.slice(0, 1).toUpperCase()).join("");
}
