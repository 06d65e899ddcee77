// The old voice of this project's sentences (CONTRIBUTING.md, "Style"): how many of its words each folder still has. The
// numbers may only fall. A folder that is not listed in prose.json has none.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./harness/markdown.ts";

/** Words that hide the subject of a sentence, or that are not the protocol's. This file has to name them. */
const OLD_VOICE =
  /\b(?:whoever|whatever|whichever|whom|nobody|somebody|anybody|anew|in vain|likewise|of ours|mend(?:s|ed|ing|able)?)\b/gi;
const RECORD = join(import.meta.dirname, "prose.json");

/** The folder that counts a file: a package, a room of core, a folder of the tests, or a folder at the root. */
function folderOf(path: string): string {
  const parts = path.split(/[\\/]/).slice(0, -1);
  const depth = parts[0] === "packages" ? (parts[1] === "core" ? 4 : 2) : 2;
  return parts.slice(0, depth).join("/") || ".";
}

function countWords(): Record<string, number> {
  const paths = globSync("{*.md,.changeset/*.md,{packages,test,docs,examples,scripts,heavy}/**/*.{ts,mjs,md}}", {
    cwd: root,
    exclude: (path) =>
      /(?:^|[\\/])(?:node_modules|dist|data|\.artifacts)$/.test(path) || path.endsWith("prose.test.ts"),
  });
  const counts: Record<string, number> = {};
  for (const path of paths) {
    const found = readFileSync(join(root, path), "utf8").match(OLD_VOICE)?.length ?? 0;
    if (found > 0) counts[folderOf(path)] = (counts[folderOf(path)] ?? 0) + found;
  }
  return counts;
}

it("the words of the old voice become fewer in every folder", () => {
  const recorded = JSON.parse(readFileSync(RECORD, "utf8")) as Record<string, number>;
  const counts = countWords();
  // The words that are left stand in addresses such as nobody@example.com.
  for (const [folder, count] of Object.entries(counts)) {
    expect(
      count,
      `${folder} has more words that match ${OLD_VOICE.source}; write a plain sentence`,
    ).toBeLessThanOrEqual(recorded[folder] ?? 0);
  }
  expect(counts, "some folders have fewer now: write the lower numbers into test/prose.json").toEqual(recorded);
});
