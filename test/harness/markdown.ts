import { readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..");

/** The documents that are held against the code, by their path below the root. */
export const documents = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "docs/service.md",
  "docs/from-google-auth-library.md",
  "packages/core/README.md",
  "packages/express/README.md",
  "packages/koa/README.md",
  "packages/hono/README.md",
  "packages/fastify/README.md",
  "packages/node/README.md",
  "packages/sqlite/README.md",
  "packages/postgres/README.md",
  "packages/redis/README.md",
  "packages/keyv/README.md",
] as const;

/** A text file of the workspace, with the line ends that it has in the repository. */
export function readDocument(path: string): string {
  return readFileSync(join(root, path), "utf8").replaceAll("\r\n", "\n");
}

/** A fenced code block. */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** The file that its first line names, as in `// app.ts`. */
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
        file: /^\/\/ (\S+\.ts)\n/.exec(text)?.[1],
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

/** The rows of the first table whose header begins with this cell; the header and the line below it left out. */
export function tableOf(markdown: string, firstHeader: string): string[][] {
  const lines = markdown.split("\n");
  const start = lines.findIndex((line) => line.startsWith("|") && cellsOf(line)[0] === firstHeader);
  if (start === -1) throw new Error(`there is no table whose header begins with "${firstHeader}"`);
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end === -1 ? undefined : end).map(cellsOf);
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

/** The targets of links in running text, in order. */
export function linksOf(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[\s\S]*?^```$/gm, "").replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
}

/** The anchors that headings have on GitHub. */
export function anchorsOf(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/**
 * A text after a change that is shown as in a patch: `-` and `+` begin the lines that go and come, a space those that
 * stay. What is not shown stays too.
 * @throws Error where a line that goes or stays is not found, below those before it
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
    if (found === -1) throw new Error(`the patch speaks of a line that is not there: ${content}`);
    result.push(...source.splice(0, found + 1));
    if (sign === "-") result.pop();
  }
  return [...result, ...source].join("\n");
}
