// What `npm test` runs: everything that must hold before a change lands, in the order in which it fails fastest.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");
const results = join(root, ".artifacts", "vitest.json");

/** The oldest Node.js that the packages support (`engines`), beside the one that everything here runs on. */
const oldestNode = join(modules, "node22", "bin", process.platform === "win32" ? "node.exe" : "node");
const vitest = join(modules, "vitest", "vitest.mjs");

const env = {
  ...process.env,
  PATH: [join(modules, ".bin"), process.env["PATH"]].join(delimiter),
  // Launchers in .bin set it, and with it a test could load what it never declared.
  NODE_PATH: undefined,
};

function run(title: string, command: string, args: readonly string[]): boolean {
  console.log(`\n── ${title}`);
  const started = performance.now();
  // The tools' launchers are scripts on Windows, which only a shell can start.
  const shell = process.platform === "win32" && command !== process.execPath && command !== oldestNode;
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", env, shell });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (error) console.error(error.message);
  console.log(status === 0 ? `   passed in ${seconds} s` : `   FAILED after ${seconds} s: ${title}`);
  return status === 0;
}

/** What vitest's JSON report says, as far as it is read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** One line of counts. A file that fails outside its tests, while it loads for instance, counts as one failure. */
function countLine(report: Report, passed: boolean): string {
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.every((test) => test.status !== "failed"),
  ).length;
  // An unhandled rejection fails the run while every test has passed.
  const failed = Math.max(report.numFailedTests + brokenFiles, passed ? 0 : 1);
  const skipped = report.numPendingTests + report.numTodoTests;
  return `${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function runTests(title: string, node: string, projects: readonly string[]): boolean {
  rmSync(results, { force: true });
  const passed = run(title, node, [
    vitest,
    "run",
    // A focused test would let all others go unchecked.
    "--allowOnly=false",
    ...projects.flatMap((project) => ["--project", project]),
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${results}`,
  ]);
  if (existsSync(results)) {
    console.log(`\n${countLine(JSON.parse(readFileSync(results, "utf8")) as Report, passed)}`);
  } else {
    console.error("   vitest left no report: it did not get as far as running tests.");
  }
  return passed;
}

function oldestNodeIsInstalled(): boolean {
  if (existsSync(oldestNode)) return true;
  console.error(`\n${oldestNode} is missing: install the workspace again (npx pnpm install).`);
  return false;
}

const passed =
  run("Types: tsc -b", "tsc", ["-b"]) &&
  run("Lint: oxlint --type-aware", "oxlint", ["--type-aware", "--deny-warnings"]) &&
  run("Format: oxfmt --check", "oxfmt", ["--check"]) &&
  run("Unused code and dependencies: knip", "knip", ["--no-progress", "--no-config-hints"]) &&
  oldestNodeIsInstalled() &&
  runTests("Tests on the oldest supported Node.js", oldestNode, ["unit", "flows"]) &&
  runTests(`Tests on Node.js ${process.version}`, process.execPath, []);

process.exitCode = passed ? 0 : 1;
