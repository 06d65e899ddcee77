// `npm run api`: writes a report of the public API of every package, `packages/*/api/*.api.md`, one for each subpath that
// the package exports. The reports are committed, and a test compares them with the code: the public API changes on
// purpose only, and a reviewer sees how.
//
// `node scripts/api.ts --output <folder>` writes them to another folder, from what is built already.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join, posix, relative } from "node:path";
import { parseArgs } from "node:util";
import { buildPackages } from "./build.ts";
import { publicPackages, root } from "./publish/packages.ts";
import type { Package } from "./publish/packages.ts";

/** The parts of API Extractor that are used here. Its types are not installed in the workspace. */
interface ApiExtractor {
  readonly ExtractorConfig: { prepare(options: object): object };
  readonly CompilerState: { create(config: object, options: object): object };
  readonly Extractor: { invoke(config: object, options: object): { readonly succeeded: boolean } };
}

const tool = join(root, "heavy", "api-extractor");
const requireTool = createRequire(join(tool, "package.json"));

/** Installs API Extractor, which has a TypeScript of its own and would make the workspace's install larger by a tenth. */
function installTool(): void {
  const { packageManager } = requireTool("./package.json") as { packageManager: string };
  const shell = process.platform === "win32";
  const install = ["--yes", packageManager, "install", "--frozen-lockfile", "--prefer-offline", "--loglevel=error"];
  execFileSync("npx", install, { cwd: tool, stdio: ["ignore", "ignore", "inherit"], shell });
}

/** One subpath of a package, whose declarations are reported. */
interface Entry {
  readonly package: Package;
  readonly specifier: string;
  readonly declarations: string;
  /** The file name of its report: `index` for the package itself, else the subpath. */
  readonly report: string;
}

function entries(): Entry[] {
  return publicPackages().flatMap((each) =>
    Object.entries(each.manifest.publishConfig.exports).map(([subpath, { types }]) => ({
      package: each,
      specifier: posix.join(each.manifest.name, subpath),
      declarations: join(each.directory, types),
      report: subpath === "." ? "index" : subpath.replace("./", "").replaceAll("/", "-"),
    })),
  );
}

/**
 * Copies the declarations of our packages into a folder `node_modules`, and returns the copy of each entry. Packages that
 * import from core find it there, as an app does, and their reports name what they re-export instead of repeating it.
 */
function copiesOf(all: readonly Entry[]): Map<Entry, string> {
  const copies = join(root, ".artifacts", "api", "node_modules");
  rmSync(copies, { recursive: true, force: true });
  for (const { directory, manifest } of new Set(all.map((entry) => entry.package)))
    cpSync(join(directory, "dist"), join(copies, manifest.name, "dist"), { recursive: true });
  return new Map(
    all.map((entry) => [
      entry,
      join(copies, entry.package.manifest.name, relative(entry.package.directory, entry.declarations)),
    ]),
  );
}

/** How the reports are made. A report shows each exported declaration, and what it uses that is not exported. */
function configure(entry: Entry, copies: ReadonlyMap<Entry, string>, folder: string): object {
  const all = [...copies.keys()];
  const compilerOptions = {
    module: "nodenext",
    target: "es2024",
    lib: ["es2024", "esnext", "dom", "dom.iterable"],
    types: ["node"],
    strict: true,
    skipLibCheck: true,
    // The workspace's own package.json files lead to the sources.
    paths: Object.fromEntries([...copies].map(([{ specifier }, copy]) => [specifier, [copy]])),
  };
  const silent = { default: { logLevel: "none" } };
  return {
    projectFolder: entry.package.directory,
    mainEntryPointFilePath: entry.declarations,
    compiler: { overrideTsconfig: { compilerOptions, files: all.map(({ declarations }) => declarations) } },
    apiReport: {
      enabled: true,
      reportFileName: `${entry.report}.api.md`,
      reportFolder: folder,
      includeForgottenExports: true,
      reportTempFolder: join(root, ".artifacts", "api", "reports"),
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    newlineKind: "lf",
    messages: {
      compilerMessageReporting: { default: { logLevel: "error" } },
      extractorMessageReporting: {
        ...silent,
        "ae-forgotten-export": { logLevel: "none", addToApiReportFile: true },
      },
      tsdocMessageReporting: silent,
    },
  };
}

/** Writes the reports of all packages into the folders that `folderOf` names; what these held is removed. */
function writeReports(folderOf: (each: Package) => string): void {
  installTool();
  const { CompilerState, Extractor, ExtractorConfig } = requireTool("@microsoft/api-extractor") as ApiExtractor;
  const all = entries();
  const copies = copiesOf(all);
  let compilerState: object | undefined;
  for (const each of new Set(all.map((entry) => entry.package))) {
    rmSync(folderOf(each), { recursive: true, force: true });
    mkdirSync(folderOf(each), { recursive: true });
  }
  for (const entry of all) {
    const config = ExtractorConfig.prepare({
      configObject: configure(entry, copies, folderOf(entry.package)),
      configObjectFullPath: undefined,
      packageJsonFullPath: join(entry.package.directory, "package.json"),
    });
    compilerState ??= CompilerState.create(config, {
      additionalEntryPoints: all.map(({ declarations }) => declarations),
    });
    // New and changed reports are what this is for; only errors are worth a line.
    const messageCallback = (message: { readonly logLevel: string; handled: boolean }): void => {
      message.handled = message.logLevel !== "error";
    };
    const { succeeded } = Extractor.invoke(config, { localBuild: true, compilerState, messageCallback });
    if (!succeeded) throw new Error(`API Extractor could not report ${entry.specifier}; its messages stand above`);
  }
}

const { values } = parseArgs({ options: { output: { type: "string" } } });
if (values.output === undefined) {
  await buildPackages();
  writeReports(({ directory }) => join(directory, "api"));
} else {
  const { output } = values;
  writeReports(({ folder }) => join(output, folder));
}
