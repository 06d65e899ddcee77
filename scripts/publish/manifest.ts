// The package.json that is published, made of the one in the workspace.
import type { Manifest, Package, PublishedEntry } from "./packages.ts";
import { KEYWORDS } from "./repository.ts";

/** The fields that concern the workspace alone, or that are made below. */
const OWN = new Set([
  "private",
  "files",
  "bin",
  "exports",
  "keywords",
  "publishConfig",
  "scripts",
  "dependencies",
  "devDependencies",
]);

/**
 * The package.json to publish: `publishConfig` applied, versions of our own packages written out, and the entries added
 * by which resolvers that do not know `exports` find the declarations.
 * @param versions - the version of each package of ours, by its name
 * @param repository - address of the repository; without it, the fields that need it are left out
 */
export function publishedManifest(
  { folder, manifest }: Package,
  versions: ReadonlyMap<string, string>,
  repository: string | undefined,
): Record<string, unknown> {
  const { access, bin, exports } = manifest.publishConfig;
  const main = exports["."]!;
  const kept = Object.entries(manifest).filter(([field]) => !OWN.has(field));
  const subpaths = Object.entries(exports).filter(([subpath]) => subpath !== ".");
  return {
    ...Object.fromEntries(kept),
    keywords: [...new Set([...KEYWORDS, ...(manifest.keywords ?? [])])].toSorted(),
    ...(repository !== undefined && addressesOf(repository, folder)),
    ...(bin !== undefined && { bin }),
    // What `exports` says, for TypeScript's `moduleResolution: "node10"` and for tools as old.
    main: main.default,
    types: main.types,
    ...(subpaths.length > 0 && { typesVersions: { "*": typesOf(subpaths) } }),
    exports: { ...exports, "./package.json": "./package.json" },
    dependencies: resolveVersions(manifest.dependencies, versions),
    publishConfig: { access },
  };
}

function addressesOf(repository: string, folder: string): object {
  const directory = `packages/${folder}`;
  return {
    homepage: `${repository}/tree/HEAD/${directory}#readme`,
    bugs: { url: `${repository}/issues` },
    repository: { type: "git", url: `git+${repository}.git`, directory },
  };
}

function typesOf(subpaths: readonly (readonly [string, PublishedEntry])[]): Record<string, string[]> {
  return Object.fromEntries(subpaths.map(([subpath, { types }]) => [subpath.replace("./", ""), [types]]));
}

/** `workspace:^`, as pnpm writes a dependency inside the workspace, becomes a caret range. */
function resolveVersions(
  dependencies: Manifest["dependencies"],
  versions: ReadonlyMap<string, string>,
): Record<string, string> | undefined {
  if (dependencies === undefined) return undefined;
  const resolve = ([name, range]: [string, string]): [string, string] => {
    if (!range.startsWith("workspace:")) return [name, range];
    const version = versions.get(name);
    if (range !== "workspace:^" || version === undefined)
      throw new Error(`The dependency ${name} has the range "${range}". Write "workspace:^", for a public package.`);
    return [name, `^${version}`];
  };
  return Object.fromEntries(Object.entries(dependencies).map(resolve));
}
