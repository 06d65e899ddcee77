import { CLIENT, DRIVE } from "../harness/app/scenario.ts";
import { signInAtGoogle } from "./google-sign-in.ts";
import type { LoadAnswer, LoadMessage } from "./load.ts";
import type { Keeper, OwnSessionMessage } from "./own-session-server.ts";
import { CORES, startWorker } from "./processes.ts";
import { formatEstimate, formatRatio, judge } from "./report.ts";
import type { Scale, SectionResult } from "./report.ts";
import type { StartAnswer, UsageAnswer } from "./server.ts";
import { differences, estimateMedian, measureInRounds, ratios } from "./statistics.ts";
import type { Estimate } from "./statistics.ts";

const CONNECTIONS = 50;

const KEEPERS = {
  bare: "Express, no session",
  "own store": "`googleOAuth({ session })` with `memorySessionStore()`, `requireScopes`",
  "own cookie": "`googleOAuth({ session })`, sealed cookie seen before, `requireScopes`",
  "own cookie, cold": "the same, each cookie opened for the first time",
  "express-session": "express-session with its MemoryStore, read by the route",
  "cookie-session": "cookie-session (signed, not encrypted), read by the route",
  "iron-session": "iron-session, read by the route",
} as const satisfies Readonly<Record<Keeper, string>>;

interface Measurement extends LoadAnswer {
  readonly cpuMicroseconds: number;
}

/** What a session costs each guarded request: ours, and others of the same content. */
export async function benchOwnSession({ quick }: Scale): Promise<SectionResult> {
  const { rounds, milliseconds } = quick ? { rounds: 2, milliseconds: 300 } : { rounds: 16, milliseconds: 1_000 };
  const keepers = Object.keys(KEEPERS) as Keeper[];
  const content = await signIn();
  const load = startWorker("load.ts", CORES.load);
  const servers = keepers.map((keeper) => ({ keeper, worker: startWorker("own-session-server.ts", CORES.server) }));
  try {
    const apps = new Map<Keeper, () => Promise<Measurement>>();
    for (const { keeper, worker } of servers) {
      const send = <Answer>(message: OwnSessionMessage) => worker.ask<Answer>(message);
      const app = await send<StartAnswer>({ kind: "start", keeper, client: CLIENT, scope: DRIVE, content });
      apps.set(keeper, async () => {
        const before = await send<UsageAnswer>({ kind: "usage" });
        const answer = await load.ask<LoadAnswer>({
          ...app,
          connections: CONNECTIONS,
          milliseconds,
        } satisfies LoadMessage);
        const after = await send<UsageAnswer>({ kind: "usage" });
        if (answer.failures > 0) throw new Error(`${keeper}: ${answer.failures} requests failed`);
        const cpu = after.cpuMicroseconds - before.cpuMicroseconds;
        return { ...answer, cpuMicroseconds: cpu / (after.requests - before.requests) };
      });
    }
    const measured = await measureInRounds(keepers, rounds, (keeper) => apps.get(keeper)!());
    return report(measured, { rounds, milliseconds });
  } finally {
    await Promise.all([load, ...servers.map(({ worker }) => worker)].map((worker) => worker.stop()));
  }
}

/** Bytes of JSON in each session: what a real sign-in leaves, and something of the app's. */
const SIZE = 2_048;

async function signIn() {
  const { cookie: _, ...content } = await signInAtGoogle();
  const kept = { ...content, email: "ada@example.com", rest: "" };
  return { ...kept, rest: "x".repeat(SIZE - JSON.stringify(kept).length) };
}

function report(
  measured: Record<Keeper, Measurement[]>,
  { rounds, milliseconds }: { readonly rounds: number; readonly milliseconds: number },
): SectionResult {
  const series = (keeper: Keeper, field: keyof Measurement) => measured[keeper].map((each) => each[field]);
  const estimate = (keeper: Keeper, field: keyof Measurement) => formatEstimate(estimateMedian(series(keeper, field)));
  const added = (keeper: Keeper): Estimate =>
    estimateMedian(differences(series(keeper, "cpuMicroseconds"), series("bare", "cpuMicroseconds")));
  const micro = (value: Estimate) => formatEstimate(value, " µs");
  return {
    title: "A session of our own",
    notes: [
      `${CONNECTIONS} keep-alive connections, ${rounds} rounds of ${milliseconds} ms for each app, all of them in each round in random order. Each session holds ${SIZE} bytes of JSON: what a real sign-in leaves, sealed grant included, and filling. Ours have a guard as well; the others only read an e-mail address.`,
    ],
    tables: [
      {
        head: ["session", "what", "requests/s", "CPU µs a request", "added to bare, µs", "requests/s : bare"],
        rows: (Object.keys(KEEPERS) as Keeper[]).map((keeper) => [
          keeper,
          KEEPERS[keeper],
          estimate(keeper, "perSecond"),
          estimate(keeper, "cpuMicroseconds"),
          formatEstimate(added(keeper)),
          formatRatio(estimateMedian(ratios(series(keeper, "perSecond"), series("bare", "perSecond")))),
        ]),
      },
    ],
    aims: [
      judge("an id with its record adds at most 15 µs", added("own store"), { atMost: 15 }, micro),
      judge("a sealed cookie seen before adds at most 20 µs", added("own cookie"), { atMost: 20 }, micro),
      judge(
        "a sealed cookie opened for the first time adds at most 55 µs",
        added("own cookie, cold"),
        { atMost: 55 },
        micro,
      ),
    ],
    measurements: measured,
  };
}
