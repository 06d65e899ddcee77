// Puts together what is published: a folder for each package, as its tarball will be.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pendingEntries, withSection } from "./changelog.ts";
import { publishedManifest } from "./manifest.ts";
import { publicPackages, root } from "./packages.ts";
import { withAbsoluteLinks } from "./readme.ts";

/** A package that is ready to be packed or published. */
export interface StagedPackage {
  readonly name: string;
  readonly version: string;
  /** Its folder below `packages`. */
  readonly folder: string;
  /** The absolute path of the folder to pack. */
  readonly directory: string;
}

/**
 * Stages every package that has been built.
 * @param target - the folder that gets a folder for each package; what it held is removed
 * @param repository - address of the repository; without it, links in READMEs stay relative
 */
export function stagePackages(target: string, repository: string | undefined): StagedPackage[] {
  const packages = publicPackages();
  const versions = new Map(packages.map(({ manifest }) => [manifest.name, manifest.version]));
  const names = [...versions.keys()];
  const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8");
  rmSync(target, { recursive: true, force: true });
  return packages.map((each) => {
    const directory = join(target, each.folder);
    mkdirSync(directory, { recursive: true });
    cpSync(join(each.directory, "dist"), join(directory, "dist"), { recursive: true });
    cpSync(join(root, "LICENSE"), join(directory, "LICENSE"));
    const write = (path: string, source: string, text: string): void =>
      writeFileSync(
        join(directory, path),
        repository === undefined ? text : withAbsoluteLinks(source, text, repository),
      );
    const readme = readFileSync(join(each.directory, "README.md"), "utf8");
    write("README.md", `packages/${each.folder}/README.md`, readme);
    write("CHANGELOG.md", "CHANGELOG.md", withSection(changelog, "Unreleased", pendingEntries(), names));
    const manifest = publishedManifest(each, versions, repository);
    writeFileSync(join(directory, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
    return { name: each.manifest.name, version: each.manifest.version, folder: each.folder, directory };
  });
}
