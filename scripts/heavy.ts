// npm run test:heavy: checks what is heavy to install. It packs the packages and runs them on the other versions of
// Node.js that users have, which `heavy/` installs: the smoke scripts on the installed tarballs, and the tests of the
// sources that depend most on Node.js and undici.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execute, installPacked, packWorkspace } from "../test/harness/packed.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const heavy = join(root, "heavy");
const smoke = join(root, "test", "smoke");
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");

/** HTTP, proxies, `fetch` and cryptography. */
const TESTS = [
  "packages/core/src/google/http-attempt.test.ts",
  "packages/core/src/google/http-client.test.ts",
  "packages/core/src/google/id-token.test.ts",
  "packages/core/src/google/jwks.test.ts",
  "packages/core/src/seal/sealer.test.ts",
  "packages/emulator/src/signing/key-ring.test.ts",
  "test/flows/proxy.test.ts",
  "test/flows/service-account.test.ts",
  "test/flows/tokens.test.ts",
];

interface Manifest {
  readonly packageManager: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const { packageManager, dependencies } = JSON.parse(readFileSync(join(heavy, "package.json"), "utf8")) as Manifest;
/** The versions of Node.js in `heavy/package.json`, each with its program. */
const nodes = Object.entries(dependencies)
  .filter(([, version]) => version.startsWith("npm:node@"))
  .map(([name, version]) => ({
    version: version.replace("npm:node@", ""),
    program: join(heavy, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node"),
  }));

/** Runs a stage, and prints its time. */
async function stage(title: string, work: () => Promise<boolean> | boolean): Promise<boolean> {
  console.log(`\n── ${title}`);
  const started = performance.now();
  const passed = await work();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(passed ? `   passed in ${seconds} s` : `   FAILED after ${seconds} s: ${title}`);
  return passed;
}

function run(command: string, args: readonly string[], cwd: string): boolean {
  const shell = process.platform === "win32" && command === "npx";
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit", shell, env: { ...process.env } });
  if (error) console.error(error.message);
  return status === 0;
}

async function runSmokeScripts(program: string, app: string): Promise<boolean> {
  let passed = true;
  for (const script of readdirSync(smoke).filter((file) => file.endsWith(".ts"))) {
    const { status, stdout, stderr } = await execute(program, [join("smoke", script)], app);
    if (status === 0) continue;
    passed = false;
    console.error(`   ${script} failed with status ${status}:\n${stdout}${stderr}`);
  }
  return passed;
}

async function main(directory: string): Promise<boolean> {
  const missing = TESTS.filter((path) => !existsSync(join(root, path)));
  if (missing.length > 0) {
    console.error(
      `scripts/heavy.ts lists test files that do not exist: ${missing.join(", ")}. Correct its list TESTS.`,
    );
    return false;
  }
  const app = join(directory, "app");
  const isReady =
    (await stage("Installing heavy/", () =>
      run("npx", ["--yes", packageManager, "install", "--frozen-lockfile"], heavy),
    )) &&
    (await stage("Packing the packages and installing them", async () => {
      await installPacked(await packWorkspace(directory), app);
      cpSync(smoke, join(app, "smoke"), { recursive: true });
      return true;
    }));
  if (!isReady) return false;

  let passed = true;
  for (const { version, program } of nodes) {
    const args = [vitest, "run", "--allowOnly=false", "--project", "unit", "--project", "flows", ...TESTS];
    const onNode = [
      await stage(`Smoke scripts on Node.js ${version}`, () => runSmokeScripts(program, app)),
      await stage(`Tests of transport, proxies and cryptography on Node.js ${version}`, () => run(program, args, root)),
    ];
    passed &&= onNode.every(Boolean);
  }
  return passed;
}

const directory = mkdtempSync(join(tmpdir(), "scopegate-heavy-"));
try {
  process.exitCode = (await main(directory)) ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
