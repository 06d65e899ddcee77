// The packages of this workspace that are published, and the parts of their package.json that the scripts read.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** An entry of `publishConfig.exports`: the declarations and the code of one subpath. */
export interface PublishedEntry {
  readonly types: string;
  readonly default: string;
}

type Names = Readonly<Record<string, string>>;

/** A package.json of the workspace. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly keywords?: readonly string[];
  readonly bin?: Names;
  readonly exports: Names;
  readonly publishConfig: {
    readonly access: string;
    readonly bin?: Names;
    readonly exports: Readonly<Record<string, PublishedEntry>>;
  };
  readonly dependencies?: Names;
  readonly devDependencies?: Names;
  readonly peerDependencies?: Names;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A package of the workspace that is published. */
export interface Package {
  /** Its folder below `packages`. */
  readonly folder: string;
  /** The absolute path of that folder. */
  readonly directory: string;
  readonly manifest: Manifest;
}

/** Every package that is published. Packages come after those that they depend on, as a registry needs them. */
export function publicPackages(): Package[] {
  const packages = readdirSync(join(root, "packages"))
    .map((folder) => {
      const directory = join(root, "packages", folder);
      const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
      return { folder, directory, manifest };
    })
    .filter(({ manifest }) => manifest.private !== true);
  const sorted: Package[] = [];
  const add = (each: Package): void => {
    if (sorted.includes(each)) return;
    for (const dependency of Object.keys(each.manifest.dependencies ?? {})) {
      const own = packages.find(({ manifest }) => manifest.name === dependency);
      if (own !== undefined) add(own);
    }
    sorted.push(each);
  };
  for (const each of packages) add(each);
  return sorted;
}
