// The code of the documents in apps that have installed what the documents tell to install, and nothing else.
//
// Each document has an app of its own, installed by pnpm without hoisting: an import finds only what the app itself
// depends on. Modules that a document shows are compiled, their imports are loaded, and its programs are run.
import { globSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { publicPackages, root } from "../../scripts/publish/packages.ts";
import { packageOf, scanImports } from "../harness/imports.ts";
import { applyPatch, codeBlocks, readDocument } from "../harness/markdown.ts";
import type { CodeBlock } from "../harness/markdown.ts";
import { execute, installStrict, tsc } from "../harness/packed.ts";
import type { PackedPackage } from "../harness/packed.ts";
import { startProgram } from "./program.ts";

/** A document that shows modules: TypeScript that imports what it uses. */
interface Document {
  readonly path: string;
  /** The folder of its app, below the folder of all apps. */
  readonly app: string;
  readonly modules: readonly CodeBlock[];
}

const documents: readonly Document[] = ["README.md", ...globSync(["docs/*.md", "packages/*/README.md"], { cwd: root })]
  .toSorted()
  .map((path) => ({
    path,
    app: path.replace(/\.md$/, "").replaceAll("/", "-").toLowerCase(),
    modules: codeBlocks(readDocument(path)).filter(({ language, text }) => language === "ts" && /^import /m.test(text)),
  }))
  .filter(({ modules }) => modules.length > 0);

/** Our packages by their names, core left out: only a document that needs it itself tells to install it. */
const readmes = new Map(
  publicPackages()
    .filter(({ folder }) => folder !== "core")
    .map(({ folder, manifest }) => [manifest.name, `packages/${folder}/README.md`]),
);

/** The packages in the `npm install` commands of a document. Tables are left out: they offer a choice. */
function installedBy(path: string): string[] {
  const text = readDocument(path).replaceAll(/^\|.*$/gm, "");
  const commands = [...text.matchAll(/npm install ([^\n`]+)/g)].flatMap(([, names]) => names!.trim().split(/\s+/));
  return commands.filter((name) => !name.startsWith("-")).map((name) => name.replace(/(?<=.)@.*$/, ""));
}

/** The packages that a reader of the document has: by its own commands, and by those of the adapter or store it uses. */
function dependenciesOf({ path, modules }: Document): Set<string> {
  const used = modules.flatMap(({ text }) => scanImports(text).map(({ specifier }) => packageOf(specifier) ?? ""));
  const ours = used.filter((name) => readmes.has(name));
  return new Set([...installedBy(path), ...ours, ...ours.flatMap((name) => installedBy(readmes.get(name)!))]);
}

/** The file of the app that a module of the document becomes. */
function fileOf({ file, line }: CodeBlock): string {
  return file ?? `line-${line}.ts`;
}

/** The documents that show a program and a patch that puts the emulator in Google's place. */
const quickStarts = documents.flatMap((document) => {
  const patch = codeBlocks(readDocument(document.path)).find(({ language }) => language === "diff");
  const program = document.modules.find(({ file }) => file !== undefined);
  return patch && program ? [{ ...document, patch: patch.text, program }] : [];
});

/** The documents that show tests, with the files that these become. */
const withTests = documents
  .map((document) => ({
    ...document,
    tests: document.modules.map(fileOf).filter((file) => /\.test\.m?ts$/.test(file)),
  }))
  .filter(({ tests }) => tests.length > 0);

/**
 * Tests of every document with code.
 * @param packages - every packed package, once they are packed
 * @param directory - a folder that does not exist yet
 */
export function describeDocuments(packages: () => ReadonlyMap<string, PackedPackage>, directory: () => string): void {
  const appOf = ({ app }: Document): string => join(directory(), app);
  const alone = "adapter-alone";

  describe("in a strict install,", () => {
    beforeAll(async () => {
      const apps = new Map(documents.map((document) => [document.app, dependenciesOf(document)]));
      apps.set(alone, new Set(["@scopegate/express", "express", "google-auth-library"]));
      await installStrict([...packages().values()], directory(), apps);
      for (const document of documents) {
        for (const module of document.modules) {
          // Lines are numbered as in the document.
          writeFileSync(join(appOf(document), fileOf(module)), "\n".repeat(module.line - 1) + module.text);
        }
      }
    });

    describe("an app with an adapter and without core", () => {
      const load = async (specifier: string): Promise<string> => {
        const script = `import("${specifier}").then(() => console.log("loaded"), (error) => console.log(error.code))`;
        const { stdout } = await execute(process.execPath, ["--eval", script], join(directory(), alone));
        return stdout.trim();
      };

      it.each(["@scopegate/express", "@scopegate/express/service", "@scopegate/express/google-auth-library"])(
        "loads %s",
        async (specifier) => {
          expect(await load(specifier)).toBe("loaded");
        },
      );

      it.each(["@scopegate/core", "@scopegate/core/service", "jose"])("does not find %s", async (specifier) => {
        expect(await load(specifier)).toBe("ERR_MODULE_NOT_FOUND");
      });
    });

    describe.each(documents)("the code in $path", (document) => {
      it("imports only packages that its reader has installed", () => {
        const dependencies = dependenciesOf(document);
        const missing = document.modules.flatMap(({ line, text }) =>
          scanImports(text)
            .map(({ specifier }) => packageOf(specifier))
            .filter((name) => name !== undefined && !dependencies.has(name))
            .map((name) => `${document.path}, code at line ${line}: no \`npm install\` in the document names ${name}`),
        );
        expect(missing).toEqual([]);
      });

      it("compiles", async () => {
        const options = {
          strict: true,
          noEmit: true,
          module: "nodenext",
          target: "es2024",
          skipLibCheck: true,
          allowImportingTsExtensions: true,
          types: ["node"],
        };
        writeFileSync(join(appOf(document), "tsconfig.json"), JSON.stringify({ compilerOptions: options }));
        const { stdout } = await execute(process.execPath, [tsc, "-p", ".", "--pretty", "false"], appOf(document));
        expect(stdout).toBe("");
      });

      it("imports names that exist when it runs", async () => {
        const folder = join(appOf(document), "imports");
        mkdirSync(folder);
        const files = document.modules.map((module) => {
          const imports = [...module.text.matchAll(/^import [^;]*?from "[^.][^;]*;$/gm)].map(([line]) => line);
          writeFileSync(join(folder, fileOf(module)), imports.join("\n"));
          return `await import(${JSON.stringify(`./${fileOf(module)}`)});`;
        });
        writeFileSync(join(folder, "all.mjs"), files.join("\n"));
        const call = ["--disable-warning=ExperimentalWarning", "imports/all.mjs"];
        const outcome = await execute(process.execPath, call, appOf(document));
        expect(outcome).toEqual({ status: 0, stdout: "", stderr: "" });
      });
    });

    it("some documents have a quick start and tests", () => {
      expect(quickStarts).not.toEqual([]);
      expect(withTests).not.toEqual([]);
    });

    it.each(withTests)("the tests in $path pass", async (document) => {
      const call = ["--test", ...document.tests];
      expect(await execute(process.execPath, call, appOf(document))).toMatchObject({ status: 0 });
    });

    it.each(quickStarts)("the quick start of $path asks Google for the scopes of its page", async (quickStart) => {
      const { program, patch } = quickStart;
      const text = applyPatch(program.text, patch);
      await using running = await startProgram(appOf(quickStart), `quick-start-${fileOf(program)}`, text);
      const { status, location } = await running.open();
      expect(status).toBe(302);
      expect(new URL(location!).searchParams.get("scope")).toContain("https://www.googleapis.com/auth/");
    });
  });
}
