// Runs a command inside the workspace, and installs the workspace's dependencies first if they are missing or old.
// This is plain JavaScript for the Node.js of the machine. The command itself runs on the Node.js that package.json
// names, which the install brings.
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

/** @returns {string} `pnpm@` and the version that installs this workspace */
function packageManager() {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return /** @type {{ packageManager: string }} */ (manifest).packageManager;
}

if (!existsSync(marker) || statSync(marker).mtimeMs < statSync(lock).mtimeMs) {
  const pnpm = packageManager();
  console.log(`Installing dependencies with ${pnpm} …`);
  const status = run("npx", ["--yes", pnpm, "install", "--frozen-lockfile"], { ...process.env, CI: "true" });
  if (status !== 0) {
    console.error("The install failed; see above. It needs npm and npm's package registry.");
    process.exit(status);
  }
  writeFileSync(marker, "");
}

const [command, ...args] = process.argv.slice(2);
if (command === undefined) throw new TypeError("Name a command: node scripts/in-workspace.mjs <command> …");
// The folder of Node.js comes before `.bin`, whose launcher of Node.js would set NODE_PATH for all processes below it.
const path = [join(modules, "node", "bin"), join(modules, ".bin"), process.env["PATH"]].join(delimiter);
process.exitCode = run(command, args, { ...process.env, PATH: path });
