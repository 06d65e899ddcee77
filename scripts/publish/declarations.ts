// The type declarations of a package that an app can reach from what the package exports.
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { specifiersOf } from "./specifiers.ts";
import type { Specifier } from "./specifiers.ts";

/**
 * The declarations that are reachable from `entries`, by their path below `directory`.
 *
 * The compiler leaves `./a.ts` as the name of a module in declarations. It is rewritten to `./a.js`, since no `.ts` source
 * is published, and compilers before TypeScript 5 do not resolve such a name.
 * @param directory - where the compiler wrote the declarations
 * @param entries - paths below `directory`, with `/`
 */
export function reachableDeclarations(directory: string, entries: readonly string[]): Map<string, string> {
  const reached = new Map<string, string>();
  const queue = [...entries];
  for (const path of queue) {
    if (reached.has(path)) continue;
    const text = readFileSync(posix.join(directory, path), "utf8");
    const relative = specifiersOf(path, text).filter(({ value }) => value.startsWith("."));
    for (const { value } of relative) {
      queue.push(posix.join(posix.dirname(path), value.replace(/\.[jt]s$/, ".d.ts")));
    }
    reached.set(path, rewrite(text, relative));
  }
  return reached;
}

function rewrite(text: string, specifiers: readonly Specifier[]): string {
  let result = text;
  for (const { value, start, end } of specifiers.toSorted((a, b) => b.start - a.start)) {
    result = result.slice(0, start) + JSON.stringify(value.replace(/\.ts$/, ".js")) + result.slice(end);
  }
  return result;
}
