import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { onOwnSession, USUAL_SESSION } from "./sessions.ts";
import type { SessionTraits } from "./sessions.ts";
import type { StartApp } from "./test-app.ts";

/** A framework: its name, how apps start on it, and the traits of its usual session where most frameworks differ. */
export type Framework = readonly [name: string, start: StartApp, usual?: SessionTraits];

/** A framework with one kind of session: a suite runs once for each of its cells. */
export type Cell = readonly [name: string, start: StartApp, session: SessionTraits];

const OWN_SESSIONS = [
  ["own session in a cookie", "cookie"],
  ["own session in a store", "server"],
] as const satisfies readonly (readonly [name: string, storage: SessionTraits["storage"]])[];

/** A framework's cells: its usual session middleware, and both kinds of own session. */
function cellsOf([name, start, usual = USUAL_SESSION]: Framework): Cell[] {
  const own = OWN_SESSIONS.map(([kind, storage]): Cell => [
    `${name}, ${kind}`,
    onOwnSession(start, storage),
    { storage, isMiddleware: false, isWrittenWhole: false },
  ]);
  return [[name, start, usual], ...own];
}

/** The cells of all frameworks. */
export function allCells(frameworks: readonly Framework[]): Cell[] {
  return frameworks.flatMap(cellsOf);
}

/** Of the frameworks that do not lead, a file runs one cell in this many. */
const SHARE = 5;

/**
 * The cells that a test file runs on one day. All cells in all files would take too long, so in each file
 *
 * - one framework leads: the file runs on all of its cells, and
 * - of the other cells the file runs a share.
 *
 * The file's own name and the day decide both: another file changes nothing, and on the next day the next framework
 * leads. So every cell has its turn in every file, in as many days as there are frameworks.
 *
 * @param file - path of the test file below the workspace's root
 * @param day - a date of UTC, such as `2026-11-28`
 */
export function cellsOn(file: string, day: string, frameworks: readonly Framework[]): Cell[] {
  const turn = hashOf(file.replaceAll("\\", "/")) + dayNumber(day);
  const leader = turn % frameworks.length;
  return frameworks.flatMap((framework, index) => {
    const cells = cellsOf(framework);
    return index === leader
      ? cells
      : cells.filter((_, session) => (index * cells.length + session + turn) % SHARE === 0);
  });
}

/** A number below 2³², the same on every machine. */
function hashOf(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE();
}

function dayNumber(day: string): number {
  const time = Date.parse(`${day}T00:00:00Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(time)) {
    throw new TypeError(`TEST_DAY must be a date such as 2026-11-28, not ${JSON.stringify(day)}`);
  }
  return time / 86_400_000;
}

/** The test files that run over all frameworks, as paths below the workspace's root. */
export function matrixFiles(root: string): string[] {
  return globSync("test/**/*.test.ts", { cwd: root })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => /\beach\(frameworks\b/.test(readFileSync(join(root, path), "utf8")))
    .toSorted();
}

/** Cells whose session is the app's own middleware, so that the app keeps content there or mounts another kind. */
export const hasMiddleware = ([, , session]: Cell): boolean => session.isMiddleware;

/** Cells whose sessions live on the server, so that a test can look at them, and the server can take them back. */
export const isOnServer = ([, , session]: Cell): boolean => session.storage === "server";

/** Cells in which a slow request brings back the session that it began with. */
export const isWrittenWhole = ([, , session]: Cell): boolean => session.isWrittenWhole;
