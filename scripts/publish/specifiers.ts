// The modules that a built file names, read from its syntax tree: text in comments and strings is not mistaken for an import.
import { parseSync } from "rolldown/utils";

/** A module specifier, and where it stands in the file, quotes included. */
export interface Specifier {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** The modules that a `.js` or `.d.ts` file imports, re-exports, or names in `import("…")`. */
export function specifiersOf(path: string, text: string): Specifier[] {
  const { program, errors } = parseSync(path, text, { lang: path.endsWith(".d.ts") ? "dts" : "js" });
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0]!.message}`);
  const found: Specifier[] = [];
  visit(program, found);
  return found;
}

function visit(node: unknown, found: Specifier[]): void {
  if (Array.isArray(node)) {
    for (const each of node) visit(each, found);
  } else if (typeof node === "object" && node !== null) {
    // Only import and export statements, and `import("…")` as a call or as a type, have a `source` that is text.
    const { source } = node as { readonly source?: (Partial<Specifier> & { readonly type?: string }) | null };
    if (source?.type === "Literal" && typeof source.value === "string") found.push(source as Specifier);
    for (const child of Object.values(node)) visit(child, found);
  }
}
