// The names that apps import from their adapter: all those of core's index.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "rolldown/utils";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
/** The packages that are made with the adapter kit. */
const adapters = globSync("packages/*/src/index.ts", { cwd: root })
  .filter((path) => readFileSync(join(root, path), "utf8").includes("createAdapter("))
  .map((path) => path.split(/[\\/]/)[1]!);

/** The names that a source exports, those of types as `type Name`. */
function exportsOf(path: string): string[] {
  const { module, errors } = parseSync(path, readFileSync(join(root, path), "utf8"), { lang: "ts" });
  expect(errors, path).toEqual([]);
  const entries = module.staticExports.flatMap((statement) => statement.entries);
  return entries.map(({ exportName, isType }) => `${isType ? "type " : ""}${exportName.name}`).toSorted();
}

const core = exportsOf("packages/core/src/index.ts");

describe("core's index", () => {
  it("exports the values that apps need, and nothing to construct besides the error", () => {
    expect(core.filter((name) => !name.startsWith("type "))).toEqual([
      "AuthError",
      "ERROR_TABLE",
      "GOOGLE_ENDPOINTS",
      "memorySessionStore",
      "memoryTokenStore",
      "scopegateSession",
      "sessionTokenStore",
      "storePlainText",
    ]);
  });
});

describe.each(adapters)("the adapter %s", (adapter) => {
  const own = exportsOf(`packages/${adapter}/src/index.ts`);

  it("exports every name of core's index", () => {
    expect(core.filter((name) => !own.includes(name))).toEqual([]);
  });

  it.each(["service", "google-auth-library"])("exports from ./%s what core exports from there", (subpath) => {
    const manifest = JSON.parse(readFileSync(join(root, "packages/core/package.json"), "utf8")) as {
      readonly exports: Readonly<Record<string, string>>;
    };
    const source = join("packages/core", manifest.exports[`./${subpath}`]!);
    expect(exportsOf(`packages/${adapter}/src/${subpath}.ts`)).toEqual(exportsOf(source));
  });
});
