// `npm run release:version`: gives every package the version that the entries in `.changeset` ask for, and moves the
// entries into CHANGELOG.md.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pendingEntries, withSection } from "./publish/changelog.ts";
import { publicPackages, root } from "./publish/packages.ts";

const entries = pendingEntries();
if (entries.length === 0) {
  console.error("There is nothing to release: .changeset holds no entry. `npm run changeset` writes one.");
  process.exitCode = 1;
} else {
  execFileSync("changeset", ["version"], { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  const packages = publicPackages();
  const { version } = packages[0]!.manifest;
  const path = join(root, "CHANGELOG.md");
  const heading = `${version} (${new Date().toISOString().slice(0, 10)})`;
  const names = packages.map(({ manifest }) => manifest.name);
  writeFileSync(path, withSection(readFileSync(path, "utf8"), heading, entries, names));
  console.log(`CHANGELOG.md has the section ${heading}. Review it, commit, and run \`npm run release\`.`);
}
