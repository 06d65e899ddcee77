import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { execute, packWorkspace } from "../harness/packed.ts";
import { formatEstimate, judge } from "./report.ts";
import type { Scale, SectionResult } from "./report.ts";
import { differences, estimateMedian, measureInRounds, ratios } from "./statistics.ts";

/** What is imported, one after the other. */
const CASES = {
  express: ["express"],
  "@scopegate/express": ["@scopegate/express"],
  "@scopegate/core/service": ["@scopegate/core/service"],
  "google-auth-library": ["google-auth-library"],
  "express-openid-connect": ["express-openid-connect"],
  jose: ["jose"],
  undici: ["undici"],
  "express, then @scopegate/express": ["express", "@scopegate/express"],
  "express, then google-auth-library": ["express", "google-auth-library"],
  "express, then express-openid-connect": ["express", "express-openid-connect"],
} as const;
type Case = keyof typeof CASES;

/** Where the workspace has what ours is compared with. */
const INSTALLED = {
  express: import.meta.resolve("express"),
  "express-openid-connect": import.meta.resolve("express-openid-connect"),
  "google-auth-library": import.meta.resolve("google-auth-library"),
  jose: import.meta.resolve("jose"),
  undici: import.meta.resolve("undici"),
};

/** Those that say what something adds to an app on Express. */
const ADDITIONS = (Object.keys(CASES) as Case[]).filter((name) => name.startsWith("express, then "));

interface Measurement {
  readonly milliseconds: number;
  /** CPU time of all threads: other processes disturb it less. */
  readonly cpuMilliseconds: number;
  readonly megabytes: number;
}

/** What importing costs a process that starts. */
export async function benchImports({ quick }: Scale): Promise<SectionResult> {
  const rounds = quick ? 2 : 21;
  const directory = await mkdtemp(join(tmpdir(), "scopegate-bench-"));
  try {
    await install(directory);
    const names = Object.keys(CASES) as Case[];
    return report(await measureInRounds(names, rounds, (name) => measureImport(CASES[name], directory)), rounds);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Our packages as they are published, unpacked from their tarballs; beside them links to what the workspace has
 * installed. Core's own two dependencies are not there: importing must not need them.
 */
async function install(directory: string): Promise<void> {
  const modules = join(directory, "node_modules");
  await mkdir(modules);
  for (const { name, folder, tarball } of await packWorkspace(directory)) {
    if (folder !== "core" && folder !== "express") continue;
    const target = join(modules, name);
    await mkdir(target, { recursive: true });
    await promisify(execFile)("tar", ["-xzf", tarball, "--strip-components=1", "-C", target]);
  }
  for (const [name, entry] of Object.entries(INSTALLED)) {
    const path = fileURLToPath(entry);
    const below = join("node_modules", name);
    await symlink(path.slice(0, path.lastIndexOf(below) + below.length), join(modules, name), "dir");
  }
}

const PROBE = `
  const rss = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (const name of process.argv.slice(1)) await import(name);
  const milliseconds = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const cpuMilliseconds = (user + system) / 1000;
  const megabytes = (process.memoryUsage.rss() - rss) / 2 ** 20;
  console.log(JSON.stringify({ milliseconds, cpuMilliseconds, megabytes }));
`;

async function measureImport(names: readonly string[], directory: string): Promise<Measurement> {
  const { status, stdout, stderr } = await execute(
    process.execPath,
    ["--input-type=module", "--eval", PROBE, ...names],
    directory,
  );
  if (status !== 0) throw new Error(`Importing ${names.join(", ")} failed:\n${stderr}`);
  return JSON.parse(stdout) as Measurement;
}

function report(measured: Record<Case, Measurement[]>, rounds: number): SectionResult {
  const series = (name: Case, field: keyof Measurement) => measured[name].map((each) => each[field]);
  const row = (what: string, estimate: (field: keyof Measurement) => string) => [
    what,
    estimate("milliseconds"),
    estimate("cpuMilliseconds"),
    estimate("megabytes"),
  ];
  const added = (name: Case, field: keyof Measurement) =>
    estimateMedian(differences(series(name, field), series("express", field)));
  return {
    title: "Imports",
    notes: [
      `A fresh process each time, ${rounds} rounds, all in each round in random order; file caches warm. Time is that of \`import()\` alone, memory how much the resident set grew. Ours are the packed tarballs, unpacked; the others are what is installed here.`,
    ],
    tables: [
      {
        head: ["import", "ms", "CPU ms", "MB"],
        rows: [
          ...(Object.keys(CASES) as Case[])
            .filter((name) => !ADDITIONS.includes(name))
            .map((name) => row(name, (field) => formatEstimate(estimateMedian(series(name, field))))),
          ...ADDITIONS.map((name) =>
            row(`added to express by ${CASES[name][1]!}`, (field) => formatEstimate(added(name, field))),
          ),
        ],
      },
    ],
    aims: [
      judge(
        "@scopegate/core/service in less time than google-auth-library",
        estimateMedian(
          ratios(series("@scopegate/core/service", "milliseconds"), series("google-auth-library", "milliseconds")),
        ),
        { atMost: 1 },
      ),
      judge(
        "@scopegate/express adds at most 15 ms to express",
        added("express, then @scopegate/express", "milliseconds"),
        { atMost: 15 },
        (estimate) => formatEstimate(estimate, " ms"),
      ),
    ],
    measurements: measured,
  };
}
