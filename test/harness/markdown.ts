import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..");

/** The documents that are compared with the code, by their path below the root: every page that the repository shows. */
export const documents: readonly string[] = filesBelow([
  "*.md",
  "docs/**/*.md",
  "packages/*/README.md",
  "examples/*/README.md",
]);

/** Paths below the root that match, in order, with slashes on every system. */
export function filesBelow(patterns: readonly string[]): readonly string[] {
  return globSync(patterns, { cwd: root, exclude: (path) => path.includes("node_modules") })
    .map((path) => path.replaceAll("\\", "/"))
    .toSorted();
}

/** A text file of the workspace, with the line ends that it has in the repository. */
export function readDocument(path: string): string {
  return readFileSync(join(root, path), "utf8").replaceAll("\r\n", "\n");
}

/** A fenced code block. */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** The file that its first line names, as in `// app.mts`. */
  readonly file: string | undefined;
  /** The line of the document that its text begins on, from 1. */
  readonly line: number;
  /** The nearest heading above it. */
  readonly heading: string;
}

/** Every fenced code block, in order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let heading = "";
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of markdown.split("\n").entries()) {
    if (open === undefined) {
      heading = /^#+ (.+)$/.exec(line)?.[1] ?? heading;
      const language = /^```(\w*)$/.exec(line)?.[1];
      if (language !== undefined) open = { language, line: index + 2, lines: [] };
    } else if (line === "```") {
      const text = `${open.lines.join("\n")}\n`;
      blocks.push({
        language: open.language,
        text,
        file: /^\/\/ (\S+\.m?ts)\n/.exec(text)?.[1],
        line: open.line,
        heading,
      });
      open = undefined;
    } else {
      open.lines.push(line);
    }
  }
  if (open !== undefined) throw new Error(`the code block that begins on line ${open.line} has no end`);
  return blocks;
}

/** A table: its header, and its rows without the header and the line below it. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Every table, in order. */
export function tablesOf(markdown: string): Table[] {
  const lines = withoutCode(markdown).split("\n");
  const isRow = (line: string | undefined) => line !== undefined && line.startsWith("|");
  return lines.flatMap((line, start) => {
    if (!isRow(line) || isRow(lines[start - 1])) return [];
    const rows = lines.slice(start + 2);
    const end = rows.findIndex((row) => !isRow(row));
    return { header: cellsOf(line), rows: rows.slice(0, end === -1 ? undefined : end).map(cellsOf) };
  });
}

/** The rows of the first table whose header begins with this cell. */
export function tableOf(markdown: string, firstHeader: string): readonly (readonly string[])[] {
  const table = tablesOf(markdown).find(({ header }) => header[0] === firstHeader);
  if (table === undefined) throw new Error(`there is no table whose header begins with "${firstHeader}"`);
  return table.rows;
}

/** The names in code type in the first cell of each row: one, or several of a kind, without their arguments. */
export function namesOf(rows: readonly (readonly string[])[]): string[] {
  return rows.flatMap(([first = ""]) =>
    first.split("`").flatMap((text, index) => (index % 2 === 1 ? (/^\w+/.exec(text)?.[0] ?? []) : [])),
  );
}

function cellsOf(row: string): string[] {
  return row
    .slice(1, row.lastIndexOf("|"))
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll(String.raw`\|`, "|"));
}

/** A document without its fenced code blocks. */
function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```[\s\S]*?^```$/gm, "");
}

/** The targets of links in running text, in order. */
export function linksOf(markdown: string): string[] {
  const prose = withoutCode(markdown).replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
}

/** The anchors that headings have on GitHub. */
export function anchorsOf(markdown: string): string[] {
  const prose = withoutCode(markdown);
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/**
 * Applies a patch to a text. `-` begins a line that the patch removes, `+` a line that it adds, and a space a line that
 * stays. Lines that the patch does not show stay, too.
 * @throws Error if a line that the patch removes or keeps does not follow the lines before it
 */
export function applyPatch(text: string, patch: string): string {
  const source = text.split("\n");
  const result: string[] = [];
  for (const line of patch.trimEnd().split("\n")) {
    const [sign, content] = [line.slice(0, 1), line.slice(1)];
    if (sign === "+") {
      result.push(content);
      continue;
    }
    const found = source.indexOf(content);
    if (found === -1) throw new Error(`the patch names a line that the text does not have: ${content}`);
    result.push(...source.splice(0, found + 1));
    if (sign === "-") result.pop();
  }
  return [...result, ...source].join("\n");
}
