// Runs a command inside the workspace, installing it first where that has not happened yet.
// Plain JavaScript for whatever Node.js the machine has: the command itself runs under the one that
// package.json names, which the install brings.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const marker = join(root, "node_modules", ".scopegate-installed");
const windows = process.platform === "win32";

function run(command, args, env = process.env) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", env, shell: windows });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

const lock = join(root, "pnpm-lock.yaml");
if (!existsSync(marker) || statSync(marker).mtimeMs < statSync(lock).mtimeMs) {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  console.log(`Installing dependencies with ${packageManager} (first run only) …`);
  run("npx", ["--yes", packageManager, "install", "--frozen-lockfile"], { ...process.env, CI: "true" });
  writeFileSync(marker, "");
}

const [command, ...args] = process.argv.slice(2);
const path = [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter);
run(command, args, { ...process.env, PATH: path });
