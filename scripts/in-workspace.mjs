// Runs a command inside the workspace, installing it first where that has not happened yet.
// Plain JavaScript for whatever Node.js the machine has: the command itself runs under the one that
// package.json names, which the install brings.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");
const marker = join(modules, ".scopegate-installed");
const lock = join(root, "pnpm-lock.yaml");

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {number} the exit status
 */
function run(command, args, env) {
  // On Windows npx is a script, which only a shell can start.
  const shell = process.platform === "win32" && command === "npx";
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", env, shell });
  if (error) console.error(`${command}: ${error.message}`);
  return status ?? 1;
}

/** @returns {string} `pnpm@` and the version that this workspace is installed with */
function packageManager() {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return /** @type {{ packageManager: string }} */ (manifest).packageManager;
}

if (!existsSync(marker) || statSync(marker).mtimeMs < statSync(lock).mtimeMs) {
  const pnpm = packageManager();
  console.log(`Installing dependencies with ${pnpm} (first run only) …`);
  const status = run("npx", ["--yes", pnpm, "install", "--frozen-lockfile"], { ...process.env, CI: "true" });
  if (status !== 0) {
    console.error("The dependencies could not be installed; see above. This needs npm and its package registry.");
    process.exit(status);
  }
  writeFileSync(marker, "");
}

const [command, ...args] = process.argv.slice(2);
if (command === undefined) throw new TypeError("Name a command: node scripts/in-workspace.mjs <command> …");
// Node.js itself comes before its launcher in .bin, which would put our modules on NODE_PATH for everything below it.
const path = [join(modules, "node", "bin"), join(modules, ".bin"), process.env["PATH"]].join(delimiter);
process.exitCode = run(command, args, { ...process.env, PATH: path });
