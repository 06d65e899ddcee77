import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { linksOf, tableOf } from "../harness/markdown.ts";

const ROOT = join(import.meta.dirname, "../..");
/** The mark of a row whose feature does not exist yet. */
const TO_COME = /^comes with /;

/** The rows whose number begins the name of a test in this source. */
function rowsIn(source: string): Set<string> {
  return new Set([...source.matchAll(/["'`](S\d{2}) /g)].map(([, row]) => row!));
}

const document = readFileSync(join(ROOT, "SECURITY.md"), "utf8");
const rows = tableOf(document, "row").map(([row = "", text = "", tests = ""]) => ({ row, text, tests }));
const tested = new Map(
  globSync("test/**/*.test.ts", { cwd: ROOT })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path !== "test/security/coverage.test.ts")
    .map((path) => [path, rowsIn(readFileSync(join(ROOT, path), "utf8"))] as const),
);
const testsOf = (row: string) => [...tested].filter(([, named]) => named.has(row)).map(([path]) => path);

describe("the table of SECURITY.md", () => {
  it("numbers its rows from S01 on, without a gap", () => {
    const numbers = rows.map((_, index) => `S${String(index + 1).padStart(2, "0")}`);
    expect(rows.map(({ row }) => row)).toEqual(numbers);
    expect(rows.length).toBeGreaterThanOrEqual(78);
  });

  it.each(rows)("$row has its tests in the files that it names: $text", ({ row, tests }) => {
    const found = testsOf(row);
    if (TO_COME.test(tests)) return expect(found, "the feature of this row exists: name its tests").toEqual([]);
    const named = linksOf(tests);
    expect(named).not.toEqual([]);
    for (const path of named) expect(found, `${path} has no test whose name begins with ${row}`).toContain(path);
  });

  it("has every row that the name of a test begins with", () => {
    const known = new Set(rows.map(({ row }) => row));
    const unknown = [...tested].flatMap(([path, named]) =>
      [...named.difference(known)].map((row) => `${path}: ${row}`),
    );
    expect(unknown).toEqual([]);
  });

  it("has no dead links", () => {
    const targets = linksOf(document).filter((target) => !target.startsWith("#"));
    expect(targets.filter((target) => !existsSync(join(ROOT, target)))).toEqual([]);
  });
});

describe("the search for rows", () => {
  it("finds names of tests, and nothing else", () => {
    const source = [
      'it("S07 is one", f);',
      "it.each(rows)('S08 is %s', f);",
      "it(`S09 ${x}`, f); // S10",
      'const a = ["S11 in a table is one", 1];',
      'const b = "see S12", c = "S13";',
    ];
    expect(rowsIn(source.join("\n"))).toEqual(new Set(["S07", "S08", "S09", "S11"]));
  });
});
