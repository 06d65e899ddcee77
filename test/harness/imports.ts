import { posix } from "node:path";

/** One import of a TypeScript source. */
export interface Import {
  readonly specifier: string;
  /** `type` is gone after compilation, `lazy` loads when the line runs, `static` loads with the importing file. */
  readonly kind: "static" | "type" | "lazy";
}

/** What may stand between `import` and `from`: names, and comments among them. */
const CLAUSE = String.raw`(?:[\w$\s{},*]|//[^\n]*|/\*[\s\S]*?\*/)+?`;
const STATEMENT = new RegExp(
  String.raw`^(?:import|export)\s+(type\s+)?(?:${CLAUSE}\sfrom\s+)?["']([^"'\n]+)["']`,
  "gm",
);
const CALL = /^(?!\s*(?:\/\/|\*|\/\*)).*?\b(import|require)\s*\(\s*["'`]([^"'`\n]+)["'`]/gm;

/**
 * The imports of a source, by the forms in which a formatted module writes them: statements begin their line.
 * A comment line is not read; a template string that holds an import statement at the beginning of a line would be.
 */
export function scanImports(source: string): Import[] {
  const imports: Import[] = [];
  for (const [, type, specifier] of source.matchAll(STATEMENT)) {
    imports.push({ specifier: specifier!, kind: type === undefined ? "static" : "type" });
  }
  for (const [, call, specifier] of source.matchAll(CALL)) {
    imports.push({ specifier: specifier!, kind: call === "import" ? "lazy" : "static" });
  }
  return imports;
}

/** Whether a source exports all of another module, including names that the module does not have yet. */
export function exportsStar(source: string): boolean {
  return /^export\s+(?:type\s+)?\*/m.test(source);
}

/** The path that a relative specifier means, as seen from the importing file. */
export function resolveRelative(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier);
}

/** The package that a specifier names; `undefined` for a relative path and for what Node.js brings. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith(".") || specifier.startsWith("node:")) return undefined;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
