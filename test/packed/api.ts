// The committed reports of the public API, compared with the declarations that are built.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/publish/packages.ts";
import { execute } from "../harness/packed.ts";

/**
 * Tests of the reports of each package.
 * @param directory - a folder that does not exist yet, once the packages are built
 */
export function describeApi(folders: readonly string[], directory: () => string): void {
  describe("the public API", () => {
    beforeAll(async () => {
      const outcome = await execute(process.execPath, ["scripts/api.ts", "--output", directory()], root);
      expect(outcome).toMatchObject({ status: 0 });
    });

    const read = (folder: string): Record<string, string> =>
      Object.fromEntries(
        globSync("*.md", { cwd: folder }).map((file) => [file, readFileSync(join(folder, file), "utf8")]),
      );

    it.each(folders)("of %s is the one that was agreed on", (folder) => {
      const message =
        `The public API of packages/${folder} differs from its committed report. If you changed it on purpose, run ` +
        `\`npm run api\`, and commit packages/${folder}/api.`;
      expect(read(join(directory(), folder)), message).toEqual(read(join(root, "packages", folder, "api")));
    });
  });
}
