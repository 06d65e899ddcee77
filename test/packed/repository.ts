// What the tarballs say about the repository, once a maintainer has set its address.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { linksOf } from "../harness/markdown.ts";
import { packBuilt, unpack } from "../harness/packed.ts";
import type { PackedPackage } from "../harness/packed.ts";

const REPOSITORY = "https://git.example.com/acme/scopegate";

/**
 * Tests of packages that are packed with the address of a repository.
 * @param directory - a folder that does not exist yet
 */
export function describeRepository(folders: readonly string[], directory: () => string): void {
  describe("the packages, packed with the address of the repository", () => {
    let packed: ReadonlyMap<string, PackedPackage>;
    const read = (folder: string, document: string): string =>
      readFileSync(join(directory(), folder, document), "utf8");

    beforeAll(async () => {
      mkdirSync(directory());
      packed = new Map((await packBuilt(directory(), REPOSITORY)).map((each) => [each.folder, each]));
      for (const each of packed.values()) await unpack(each, join(directory(), each.folder));
    });

    it.each(folders)("%s names the repository, and its own place in it", (folder) => {
      expect(packed.get(folder)!.manifest).toMatchObject({
        repository: { type: "git", url: `git+${REPOSITORY}.git`, directory: `packages/${folder}` },
        homepage: `${REPOSITORY}/tree/HEAD/packages/${folder}#readme`,
        bugs: { url: `${REPOSITORY}/issues` },
        keywords: expect.arrayContaining(["google", "oauth2"]),
      });
    });

    it.each(folders)("%s has no relative link in its README and its changelog", (folder) => {
      for (const document of ["README.md", "CHANGELOG.md"]) {
        const links = linksOf(read(folder, document));
        expect(
          links.filter((link) => !/^(?:https:|#)/.test(link)),
          document,
        ).toEqual([]);
      }
    });

    it.each(folders)("%s has the changelog of all packages", (folder) => {
      for (const { name } of packed.values()) expect(read(folder, "CHANGELOG.md")).toContain(`\`${name}\``);
    });
  });
}
