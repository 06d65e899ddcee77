// What users install: every public package built, packed, judged, installed into an empty app by npm, and used there.
//
// A package's smoke script, `test/smoke/<folder of the package>.ts`, is picked up by its name. It uses the package as an
// app does, by its public names, and throws where something is wrong. It is type-checked against the packed
// declarations, and run on every Node.js listed here. What several of them need is in `test/smoke/tools`.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute, installPacked, publicPackages, tsc, packWorkspace, type PackedPackage } from "./harness/packed.ts";

const root = join(import.meta.dirname, "..");
const smoke = join(import.meta.dirname, "smoke");
const folders = publicPackages();
const smokeScripts = readdirSync(smoke).filter((file) => file.endsWith(".ts"));

/** What all else runs on, and the oldest that the packages support. */
const nodes = [
  ["this Node.js", process.execPath],
  ["the oldest Node.js", join(root, "node_modules", "node22", "bin", "node")],
].filter(([, path]) => existsSync(path!)) as [string, string][];

let directory: string;
let app: string;
let packed: ReadonlyMap<string, PackedPackage>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "scopegate-dist-"));
  app = join(directory, "app");
  packed = new Map((await packWorkspace(directory)).map((found) => [found.folder, found]));
  await installPacked([...packed.values()], app);
  cpSync(smoke, join(app, "smoke"), { recursive: true });
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function get(folder: string): PackedPackage {
  return packed.get(folder)!;
}

/** What an app may import of a package. */
function specifiers({ name, manifest }: PackedPackage): string[] {
  return Object.keys(manifest.exports!)
    .filter((subpath) => subpath !== "./package.json")
    .map((subpath) => name + subpath.slice(1));
}

describe.each(folders)("the packed package %s", (folder) => {
  it("holds what it is built into, and nothing else", () => {
    const { files, manifest } = get(folder);
    const exported = Object.values(manifest.exports!).flatMap((entry) => Object.values(entry as object) as string[]);
    for (const path of ["LICENSE", ...exported]) expect(files).toContain(path.replace("./", ""));
    const surplus = files.filter(
      (path) => !/^(?:dist\/.+\.(?:js|js\.map|d\.ts)|README\.md|LICENSE|package\.json)$/.test(path),
    );
    expect(surplus).toEqual([]);
    expect(files.filter((path) => path.includes(".test."))).toEqual([]);
  });

  it("points to nothing that exists in the workspace only", () => {
    const text = JSON.stringify(get(folder).manifest);
    expect(text).not.toContain("workspace:");
    expect(text).not.toContain("./src/");
  });

  it("passes publint", async () => {
    const { tarball } = get(folder);
    const bytes = Uint8Array.from(readFileSync(tarball)).buffer;
    const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it("has types that resolve as its code does", async () => {
    // The profile leaves out two ways to resolve: that of Node.js 10, which knows no `exports`, and `require()` of an ES
    // module, which attw reports as impossible. Every Node.js that `engines` admits can do it; the tests below do.
    const require = createRequire(import.meta.url);
    const attw = join(require.resolve("@arethetypeswrong/cli/package.json"), "..", "dist", "index.js");
    const options = ["--profile=esm-only", "--format=ascii", "--no-emoji", "--no-color"];
    expect(await execute(process.execPath, [attw, ...options, get(folder).tarball], directory)).toMatchObject({
      status: 0,
    });
  });
});

describe("types of the packed packages", () => {
  const options = {
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    // As Node.js wants them in sources that it runs as they are: the smoke scripts.
    allowImportingTsExtensions: true,
    types: ["node"],
  };

  async function expectToCompile(name: string, compilerOptions: object, files: Record<string, string>): Promise<void> {
    // Below the app, so that its node_modules are found.
    const project = join(app, name);
    await mkdir(project);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(project, file), text);
    cpSync(smoke, join(project, "smoke"), { recursive: true });
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...options, ...compilerOptions } }),
    );
    const { stdout, stderr } = await execute(process.execPath, [tsc, "-p", project, "--pretty", "false"], project);
    // Two frameworks' own types can disagree in one app: an error within one of them is no error of ours.
    const ours = stdout
      .split("\n")
      .filter((line) => line !== "" && !/^(\.\.\/)*node_modules\/(?!@scopegate\/)/.test(line));
    expect({ errors: ours.filter((line) => !line.startsWith(" ")), stderr }).toEqual({ errors: [], stderr: "" });
  }

  const uses = (line: (specifier: string, index: number) => string) =>
    [...packed.values()].flatMap(specifiers).map(line).join("\n");
  const imports = () => uses((specifier, index) => `export * as module${index} from "${specifier}";`);

  it("hold for an app on Node.js without the DOM, by import and by require", async () => {
    await expectToCompile(
      "nodenext",
      { module: "nodenext", target: "es2024", lib: ["es2024"] },
      {
        "app.mts": imports(),
        "app.cts": uses((specifier, index) => `export import module${index} = require("${specifier}");`),
      },
    );
  });

  it("hold for an app that is bundled", async () => {
    await expectToCompile(
      "bundler",
      { module: "esnext", moduleResolution: "bundler", target: "es2024" },
      { "app.ts": imports() },
    );
  });
});

/** A few lines that an adapter hands itself to its framework with. */
const NEEDED_AT_ONCE = new Set(["fastify-plugin"]);

describe.each(nodes)("the packed packages on %s", (_, node) => {
  /** Tells, for a specifier, what it exports, and which files were loaded for it. */
  const byImport = `
    import { registerHooks } from "node:module";
    const files = [];
    registerHooks({ load: (url, context, next) => (files.push(url), next(url, context)) });
    const names = Object.keys(await import(process.argv[2])).sort();
    console.log(JSON.stringify({ names, files }));`;
  const byRequire = `console.log(JSON.stringify({ names: Object.keys(require(process.argv[2])).sort() }));`;

  async function load(script: string, text: string, specifier: string): Promise<{ names: string[]; files?: string[] }> {
    writeFileSync(join(app, script), text);
    const outcome = await execute(node, [script, specifier], app);
    expect(outcome, specifier).toMatchObject({ status: 0, stderr: "" });
    return JSON.parse(outcome.stdout) as { names: string[]; files?: string[] };
  }

  it.each(folders)("%s loads by import and by require, to the same names, without a warning", async (folder) => {
    for (const specifier of specifiers(get(folder))) {
      const { names } = await load("probe.mjs", byImport, specifier);
      expect(await load("probe.cjs", byRequire, specifier)).toEqual({ names });
    }
  });

  it.each(folders)("%s loads its dependencies only when they are needed", async (folder) => {
    const own = new Set([...packed.values()].map(({ name }) => name));
    const all = new Set([...packed.values()].flatMap(({ manifest }) => Object.keys(manifest.dependencies ?? {})));
    for (const specifier of specifiers(get(folder))) {
      const { files } = await load("probe.mjs", byImport, specifier);
      const loaded = [...all.difference(own).difference(NEEDED_AT_ONCE)].filter((name) =>
        files!.some((file) => file.includes(`/node_modules/${name}/`)),
      );
      expect(loaded, specifier).toEqual([]);
    }
  });

  it.each(folders)("%s loads nothing of what is between servers, unless that is what was imported", async (folder) => {
    for (const specifier of specifiers(get(folder)).filter(
      (each) => !/core\/(service|google-auth-library)$/.test(each),
    )) {
      const { files } = await load("probe.mjs", byImport, specifier);
      expect(files!.filter((file) => /bundle\/service\/|google-auth-library/.test(file))).toEqual([]);
    }
  });

  it.each(smokeScripts)("the smoke script %s runs through", async (script) => {
    expect(await execute(node, [join("smoke", script)], app)).toMatchObject({ status: 0 });
  });
});
