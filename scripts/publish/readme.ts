// Links of a README, for readers who see it in a registry or in node_modules, where nothing lies beside it.
import { statSync } from "node:fs";
import { posix } from "node:path";
import { root } from "./packages.ts";

/** The target of `[text](target)` and of `[label]: target`; code blocks and code spans are matched first, and kept. */
const LINK = /^```[\s\S]*?^```$|`[^`\n]*`|(?<before>\]\(|^\[[^\]\n]+\]:\s+)(?<target>[^)\s]+)/gm;

/**
 * A document whose relative links lead into the repository.
 * @param path - the document's path below the root of the workspace, with `/`
 * @param repository - address of the repository
 * @throws Error for a link to a file that does not exist
 */
export function withAbsoluteLinks(path: string, markdown: string, repository: string): string {
  return markdown.replaceAll(LINK, (whole: string, ...rest: unknown[]) => {
    const { before, target } = rest.at(-1) as { before?: string; target?: string };
    if (before === undefined || target === undefined || /^(?:#|[a-z]+:)/.test(target)) return whole;
    return before + absolute(path, target, repository);
  });
}

function absolute(path: string, link: string, repository: string): string {
  const [file = "", anchor] = link.split("#");
  const target = posix.join(posix.dirname(path), file);
  const found = statSync(posix.join(root, target), { throwIfNoEntry: false });
  if (found === undefined) throw new Error(`${path} links to ${link}, which does not exist`);
  const kind = found.isDirectory() ? "tree" : "blob";
  return `${repository}/${kind}/HEAD/${target}${anchor === undefined ? "" : `#${anchor}`}`;
}
