// What is in a tarball: everything that its package.json and its readers need, and nothing that they cannot reach.
import { existsSync, readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { join, posix } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { describe, expect, it } from "vitest";
import { root } from "../../scripts/publish/packages.ts";
import { specifiersOf } from "../../scripts/publish/specifiers.ts";
import { packageOf } from "../harness/imports.ts";
import { execute } from "../harness/packed.ts";
import type { PackedPackage } from "../harness/packed.ts";

/** What a registry, a reader or a lawyer looks for in every package. */
const READ_BY_PEOPLE = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];

/**
 * Tests of each package's tarball.
 * @param get - the package in a folder below `packages`
 * @param installed - the folder that a package is unpacked into
 */
export function describeContents(
  folders: readonly string[],
  get: (folder: string) => PackedPackage,
  installed: (folder: string) => string,
): void {
  describe.each(folders)("the packed package %s", (folder) => {
    it("holds what an app can reach from its package.json, what people read, and nothing else", () => {
      const { files, manifest } = get(folder);
      const { reached } = walk(installed(folder), manifest);
      expect(files.toSorted()).toEqual([...READ_BY_PEOPLE, ...reached].toSorted());
    });

    it("imports only what its package.json declares", () => {
      const { manifest } = get(folder);
      const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
      const { packages } = walk(installed(folder), manifest);
      expect([...packages].filter((name) => name !== manifest.name && !declared.includes(name))).toEqual([]);
    });

    it("exports each subpath of the workspace, built from the same source", () => {
      const sources = JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")) as {
        readonly exports: Record<string, string>;
      };
      const published = Object.entries(sources.exports).map(([subpath, source]) => {
        const built = source.replace("./src/", "./dist/").replace(/\.ts$/, "");
        return [subpath, { types: `${built}.d.ts`, default: `${built}.js` }];
      });
      expect(get(folder).manifest.exports).toEqual({
        ...Object.fromEntries(published),
        "./package.json": "./package.json",
      });
    });

    it("shows no member that is marked as internal", () => {
      const declarations = get(folder).files.filter((path) => path.endsWith(".d.ts"));
      const text = declarations.map((path) => readFileSync(join(installed(folder), path), "utf8")).join("\n");
      expect(text).not.toContain("@internal");
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

    it("has types that resolve as its code does, also where a resolver does not know `exports`", async () => {
      // attw reports `require()` of an ES module as impossible. Every Node.js that `engines` admits can do it, which the
      // tests of loading show.
      const require = createRequire(import.meta.url);
      const attw = join(require.resolve("@arethetypeswrong/cli/package.json"), "..", "dist", "index.js");
      const options = ["--profile=strict", "--ignore-rules=cjs-resolves-to-esm", "--format=ascii", "--no-emoji"];
      const outcome = await execute(process.execPath, [attw, ...options, "--no-color", get(folder).tarball], root);
      expect(outcome).toMatchObject({ status: 0 });
    });
  });
}

/** What an app reaches from a package's manifest. */
interface Reached {
  /** Files of the package. */
  readonly reached: ReadonlySet<string>;
  /** The packages that they import. */
  readonly packages: ReadonlySet<string>;
}

function walk(directory: string, { exports, bin }: Pick<PackedPackage["manifest"], "exports" | "bin">): Reached {
  const queue = [...Object.values(exports ?? {}), ...Object.values(bin ?? {})]
    .flatMap((entry) => (typeof entry === "string" ? [entry] : (Object.values(entry as object) as string[])))
    .map((path) => posix.normalize(path))
    .filter((path) => path !== "package.json");
  const [reached, packages] = [new Set<string>(), new Set<string>()];
  for (const path of queue) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const { value } of specifiersOf(path, readFileSync(join(directory, path), "utf8"))) {
      if (value.startsWith(".")) queue.push(resolve(directory, path, value));
      else if (!isBuiltin(value)) packages.add(packageOf(value)!);
    }
  }
  return { reached, packages };
}

/** The file that a relative specifier means: in a declaration, the declaration that stands for the code it names. */
function resolve(directory: string, from: string, specifier: string): string {
  const path = posix.join(posix.dirname(from), specifier);
  const target = from.endsWith(".d.ts") ? path.replace(/\.js$/, ".d.ts") : path;
  if (!existsSync(join(directory, target)))
    throw new Error(`${from} imports ${specifier}, which is not in the package`);
  return target;
}
