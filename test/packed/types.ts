// The declarations of the packed packages, compiled in an app.
import { cpSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { execute, tsc } from "../harness/packed.ts";
import type { PackedPackage } from "../harness/packed.ts";
import { specifiers } from "./loading.ts";
import type { InstalledApp } from "./loading.ts";

const OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
  // The smoke scripts import each other as Node.js wants it in sources that it runs as they are.
  allowImportingTsExtensions: true,
  types: ["node"],
};

/** The errors of compiling these files in a project of this name below an app, so that its node_modules are found. */
async function compile(
  app: string,
  name: string,
  compilerOptions: object,
  files: Record<string, string>,
): Promise<string[]> {
  const project = join(app, name);
  await mkdir(project);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(project, file), text);
  cpSync(join(app, "smoke"), join(project, "smoke"), { recursive: true });
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...OPTIONS, ...compilerOptions } }),
  );
  const { stdout, stderr } = await execute(process.execPath, [tsc, "-p", project, "--pretty", "false"], project);
  // Two frameworks' own types can disagree in one app: an error within one of them is no error of ours.
  const lines = stdout.split("\n").filter((line) => !/^(?:\.\.\/)*node_modules\/(?!@scopegate\/)/.test(line));
  return [...lines, stderr].filter((line) => line !== "" && !line.startsWith(" "));
}

/** Tests of the types of all packages together. */
export function describeTypes(apps: readonly InstalledApp[], packages: () => ReadonlyMap<string, PackedPackage>): void {
  const lines = (line: (specifier: string, index: number) => string): string =>
    [...packages().values()].flatMap(specifiers).map(line).join("\n");
  const imports = (): string => lines((specifier, index) => `export * as module${index} from "${specifier}";`);

  describe.each(apps)("the types of the packed packages, in an app with $name,", ({ directory }) => {
    it("hold for an app on Node.js without the DOM, by import and by require", async () => {
      const requires = lines((specifier, index) => `export import module${index} = require("${specifier}");`);
      const options = { module: "nodenext", target: "es2024", lib: ["es2024"] };
      expect(await compile(directory(), "nodenext", options, { "app.mts": imports(), "app.cts": requires })).toEqual(
        [],
      );
    });

    it("hold for an app that is bundled", async () => {
      const options = { module: "esnext", moduleResolution: "bundler", target: "es2024" };
      expect(await compile(directory(), "bundler", options, { "app.ts": imports() })).toEqual([]);
    });
  });
}
