// `npm run release`: builds every package and publishes those whose version is not in the registry yet. Arguments go to
// `npm publish`, for example `npm run release -- --dry-run` or `npm run release -- --tag next`.
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPackages } from "./build.ts";
import { pendingEntries } from "./publish/changelog.ts";
import type { Entry } from "./publish/changelog.ts";
import { root } from "./publish/packages.ts";
import { REPOSITORY } from "./publish/repository.ts";
import { stagePackages } from "./publish/stage.ts";
import type { StagedPackage } from "./publish/stage.ts";

/**
 * Why nothing may be published yet, with what to do about it, or `undefined`.
 * @param repository - what scripts/publish/repository.ts has as the address
 * @param pending - the entries in `.changeset`
 */
export function findObstacle(repository: string | undefined, pending: readonly Entry[]): string | undefined {
  if (repository === undefined) {
    return (
      "The address of the repository is not set, and published packages name it in their package.json and their links. " +
      'Set REPOSITORY in scripts/publish/repository.ts, for example to "https://github.com/<organization>/scopegate".'
    );
  }
  if (!/^https:\/\/[^/]+\/.*[^/]$/.test(repository) || repository.endsWith(".git")) {
    return (
      `REPOSITORY in scripts/publish/repository.ts is "${repository}". Write the address that a browser opens: it ` +
      'begins with https://, names a path, and ends without "/" and without ".git".'
    );
  }
  if (pending.length > 0) {
    return (
      `${pending.length} changes in .changeset have no version yet. Run \`npm run release:version\`, review CHANGELOG.md, commit, ` +
      "and run this again."
    );
  }
  return undefined;
}

/** On Windows npm is a script, which only a shell can start. */
const shell = process.platform === "win32";

function isPublished({ name, version }: StagedPackage): boolean {
  const { stdout } = spawnSync("npm", ["view", `${name}@${version}`, "version"], { encoding: "utf8", shell });
  return stdout.trim() === version;
}

async function publish(args: readonly string[]): Promise<void> {
  const obstacle = findObstacle(REPOSITORY, pendingEntries());
  if (obstacle !== undefined) {
    console.error(obstacle);
    process.exitCode = 1;
    return;
  }
  await buildPackages();
  for (const staged of stagePackages(join(root, ".artifacts", "packages"), REPOSITORY)) {
    if (isPublished(staged)) console.log(`${staged.name}@${staged.version} is published already.`);
    else execFileSync("npm", ["publish", staged.directory, ...args], { cwd: root, stdio: "inherit", shell });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await publish(process.argv.slice(2));
