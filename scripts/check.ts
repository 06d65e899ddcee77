// Runs every check that a change must pass, in the order in which failures show fastest. `npm test` and `npm run
// test:all` call it. With `--all` each test file runs on every framework and session.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");
const results = join(root, ".artifacts", "vitest.json");
const vitest = join(modules, "vitest", "vitest.mjs");
const { values } = parseArgs({ options: { all: { type: "boolean", default: false } } });

const env = {
  ...process.env,
  PATH: [join(modules, ".bin"), process.env["PATH"]].join(delimiter),
  // Launchers in .bin set NODE_PATH, and with it a test could load a package that it does not declare.
  NODE_PATH: undefined,
  ...(values.all && { FRAMEWORKS: "all" }),
};

function run(title: string, command: string, args: readonly string[]): boolean {
  console.log(`\n── ${title}`);
  const started = performance.now();
  // On Windows the tools' launchers are scripts, which only a shell can start.
  const shell = process.platform === "win32" && command !== process.execPath;
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", env, shell });
  if (error) console.error(error.message);
  const seconds = inSeconds(performance.now() - started);
  console.log(status === 0 ? `   passed in ${seconds}` : `   FAILED after ${seconds}: ${title}`);
  return status === 0;
}

const inSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** The parts of vitest's JSON report that this script reads. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** One line of counts. A file that fails outside its tests, for example while it loads, counts as one failure. */
function countLine(report: Report, passed: boolean): string {
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.every((test) => test.status !== "failed"),
  ).length;
  // An unhandled rejection fails the run although every test has passed.
  const failed = Math.max(report.numFailedTests + brokenFiles, passed ? 0 : 1);
  const skipped = report.numPendingTests + report.numTodoTests;
  return `${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** A line for each of the ten test files that took longest. */
function slowestFiles({ testResults }: Report): string[] {
  return testResults
    .map(({ name, startTime, endTime }) => ({ name: relative(root, name), time: endTime - startTime }))
    .toSorted((a, b) => b.time - a.time)
    .slice(0, 10)
    .map(({ name, time }) => `${inSeconds(time).padStart(9)}  ${name}`);
}

function runTests(): boolean {
  rmSync(results, { force: true });
  const passed = run(`Tests on Node.js ${process.version}`, process.execPath, [
    vitest,
    "run",
    // A focused test would leave all others unchecked.
    "--allowOnly=false",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${results}`,
  ]);
  if (!existsSync(results)) {
    console.error("   vitest left no report, so that it stopped before it ran tests.");
    return false;
  }
  const report = JSON.parse(readFileSync(results, "utf8")) as Report;
  console.log(["\nThe slowest test files:", ...slowestFiles(report)].join("\n"));
  console.log(`\n${countLine(report, passed)}`);
  return passed;
}

const started = performance.now();
const passed =
  run("Types: tsc -b", "tsc", ["-b"]) &&
  run("Lint: oxlint --type-aware", "oxlint", ["--type-aware", "--deny-warnings"]) &&
  run("Format: oxfmt --check", "oxfmt", ["--check"]) &&
  run("Unused code and dependencies: knip", "knip", ["--no-progress", "--no-config-hints"]) &&
  runTests();
console.log(`\n${passed ? "All checks passed" : "A check FAILED"} after ${inSeconds(performance.now() - started)}.`);
process.exitCode = passed ? 0 : 1;
