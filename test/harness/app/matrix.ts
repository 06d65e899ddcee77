import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { onOurSession, USUAL_SESSION } from "./sessions.ts";
import type { SessionTraits } from "./sessions.ts";
import type { StartApp } from "./test-app.ts";

/** How apps start on a framework, and what its usual session can do where that is not what most can. */
export type Framework = readonly [name: string, start: StartApp, usual?: SessionTraits];

/** A framework and a session on it: what a suite runs over. */
export type Cell = readonly [name: string, start: StartApp, session: SessionTraits];

const OURS = [
  ["our session in a cookie", "cookie"],
  ["our session in a store", "server"],
] as const satisfies readonly (readonly [name: string, storage: SessionTraits["storage"]])[];

/** Frameworks, each on the session middleware that its users usually mount. */
export function onUsualSession(frameworks: readonly Framework[]): Cell[] {
  return frameworks.map(([name, start, usual = USUAL_SESSION]) => [name, start, usual]);
}

/** Frameworks, each on both kinds of our own session. */
export function onOurSessions(frameworks: readonly Framework[]): Cell[] {
  return frameworks.flatMap(([name, start]) =>
    OURS.map(([kind, storage]): Cell => [
      `${name}, ${kind}`,
      onOurSession(start, storage),
      { storage, isMiddleware: false, isWrittenWhole: false },
    ]),
  );
}

/** The test files of a folder that run over all frameworks, in order. */
export function suitesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".test.ts"))
    .toSorted()
    .map((name) => join(folder, name))
    .filter((path) => readFileSync(path, "utf8").includes("each(frameworks)("));
}

/** The framework whose turn it is in a test file: they go round in the order of the suites of its folder. */
export function turnOf(file: string, frameworks: readonly Framework[]): readonly Framework[] {
  const suite = suitesIn(dirname(file)).indexOf(normalize(file));
  return suite === -1 ? [] : [frameworks[suite % frameworks.length]!];
}

/** Cells whose session is the app's own middleware: where the app keeps content of its own, or mounts another kind. */
export const hasMiddleware = ([, , session]: Cell): boolean => session.isMiddleware;

/** Cells whose sessions live on the server: where a test can look at them, and where they can be taken back. */
export const isOnServer = ([, , session]: Cell): boolean => session.storage === "server";

/** Cells in which a slow request brings back the session that it began with. */
export const isWrittenWhole = ([, , session]: Cell): boolean => session.isWrittenWhole;
