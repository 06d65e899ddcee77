// The changelog that all packages share: one file at the root, made of the entries in `.changeset`.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./packages.ts";

/** An entry in `.changeset`: a change that waits for the next release. */
export interface Entry {
  /** The packages that it names. */
  readonly packages: readonly string[];
  readonly text: string;
}

/** The entries that wait for the next release: those for the most packages first, then in the order of their file names. */
export function pendingEntries(directory: string = join(root, ".changeset")): Entry[] {
  const files = readdirSync(directory).filter((file) => file.endsWith(".md") && file !== "README.md");
  const entries = files.toSorted().map((file) => {
    const parts = /^---\n([\s\S]*?)^---\n([\s\S]*)$/m.exec(readFileSync(join(directory, file), "utf8"));
    if (parts === null) throw new Error(`.changeset/${file} does not begin with packages between two lines of ---`);
    const packages = [...parts[1]!.matchAll(/^["']?([^"':\n]+)["']?:/gm)].map(([, name]) => name!);
    return { packages: packages.toSorted(), text: parts[2]!.trim() };
  });
  return entries.toSorted((a, b) => b.packages.length - a.packages.length);
}

/**
 * A changelog with a section for these entries above those of earlier releases.
 * @param heading - of the section: a version and its date, or "Unreleased"
 * @param all - the names of all packages: an entry that concerns them all is listed without names
 */
export function withSection(
  changelog: string,
  heading: string,
  entries: readonly Entry[],
  all: readonly string[],
): string {
  if (entries.length === 0) return changelog;
  const items = entries.map(({ packages, text }) => {
    const names = packages.length === all.length ? "" : `${packages.map((name) => `\`${name}\``).join(", ")}: `;
    return `- ${names}${text}`.replaceAll("\n", "\n  ").replaceAll(/ +$/gm, "");
  });
  const [introduction = "", ...releases] = changelog.split(/^(?=## )/m);
  return [`${introduction.trimEnd()}\n`, `## ${heading}\n\n${items.join("\n")}\n`, ...releases].join("\n");
}
