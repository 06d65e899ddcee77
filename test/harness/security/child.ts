// An app in a separate process. It logs everything that it receives, goes through a whole journey, and stops.
import { setImmediate as nextTurn } from "node:timers/promises";
import { everyCell } from "../app/frameworks.ts";
import { startScenario } from "../app/scenario.ts";
import { Canaries, RecordingVisitor } from "./canaries.ts";
import { talkativeApp, travel } from "./journey.ts";

/** The report of the process to the test. */
export interface ChildReport {
  readonly secrets: [value: string, name: string][];
  /** Kinds of resources that keep the process alive: before the app's start, and those left after its stop. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Turns of the event loop in which sockets may close. Too few for a timer to end. */
const TURNS = 200;

async function main(name: string | undefined): Promise<void> {
  const [, startApp] = everyCell.find(([framework]) => framework === name)!;
  // Each stream opens at its first use, which must come before the list of resources.
  console.log(name);
  console.error(name);
  const before = process.getActiveResourcesInfo();
  const canaries = new Canaries();
  let userinfo = "";
  const { exhibits, routes, options } = talkativeApp(() => userinfo);
  const noisy = {
    ...options,
    on: { ...options.on, signedOut: () => Promise.reject(new Error("a hook of the app that throws")) },
  };
  const scenario = await startScenario(startApp, { routes, options: noisy });
  userinfo = scenario.google.endpoints.userinfo;
  await travel(scenario, new RecordingVisitor(scenario.app.origin, scenario.google), canaries);

  for (const error of [...exhibits.errors, ...scenario.app.errors]) console.error(error);
  const { auths, accounts, events } = exhibits;
  console.dir({ auths, accounts, events, google: scenario.app.google }, { depth: null, showHidden: true });

  await scenario[Symbol.asyncDispose]();
  for (let turn = 0; leftSince(before).length > 0 && turn < TURNS; turn++) await nextTurn();
  const report: ChildReport = { secrets: canaries.entries(), before, after: leftSince(before) };
  process.send!(report, () => process.disconnect());
}

function leftSince(before: readonly string[]): string[] {
  const left = process.getActiveResourcesInfo().filter((kind) => kind !== "Immediate");
  for (const kind of before) {
    const index = left.indexOf(kind);
    if (index !== -1) left.splice(index, 1);
  }
  return left;
}

await main(process.argv[2]);
