import { CLIENT, DRIVE } from "../harness/app/scenario.ts";
import { signInAtGoogle } from "./google-sign-in.ts";
import type { LoadAnswer, LoadMessage } from "./load.ts";
import { CORES, startWorker } from "./processes.ts";
import { formatEstimate, formatRatio, judge } from "./report.ts";
import type { Scale, SectionResult } from "./report.ts";
import type { ServerMessage, StartAnswer, UsageAnswer, Variant } from "./server.ts";
import { differences, estimateMedian, measureInRounds, median, ratios } from "./statistics.ts";
import type { Estimate } from "./statistics.ts";

const CONNECTIONS = 50;

const APPS = {
  bare: "Express",
  idle: "Express and `googleOAuth()`, not used by the route",
  "small session": "express-session, holding an e-mail address",
  session: "express-session, holding all that `guarded` holds",
  "two middlewares": "the same, and two middlewares that do nothing",
  guarded: "express-session, `googleOAuth()`, `requireScopes`",
} as const satisfies Readonly<Record<Variant, string>>;

const COMPARISONS = [
  ["guarded", "session"],
  ["guarded", "small session"],
  ["guarded", "two middlewares"],
  ["session", "bare"],
  ["idle", "bare"],
] as const satisfies readonly (readonly [Variant, Variant])[];

interface Measurement extends LoadAnswer {
  readonly cpuMicroseconds: number;
  /** How much of its core the server used. Well below 1, something else was the bottleneck. */
  readonly busy: number;
}

/** What a guard costs each request, and what the middleware costs where it is not used. */
export async function benchGuardedRoute({ quick }: Scale): Promise<SectionResult> {
  const { rounds, milliseconds } = quick ? { rounds: 2, milliseconds: 300 } : { rounds: 16, milliseconds: 1_500 };
  const variants = Object.keys(APPS) as Variant[];
  const content = await signIn();
  const load = startWorker("load.ts", CORES.load);
  const servers = variants.map((variant) => ({ variant, worker: startWorker("server.ts", CORES.server) }));
  try {
    const apps = new Map<Variant, (milliseconds: number) => Promise<Measurement>>();
    for (const { variant, worker } of servers) {
      const send = <Answer>(message: ServerMessage) => worker.ask<Answer>(message);
      const app = await send<StartAnswer>({ kind: "start", variant, client: CLIENT, scope: DRIVE, content });
      const ask = (duration: number) =>
        load.ask<LoadAnswer>({ ...app, connections: CONNECTIONS, milliseconds: duration } satisfies LoadMessage);
      apps.set(variant, async (duration) => {
        const before = await send<UsageAnswer>({ kind: "usage" });
        const start = performance.now();
        const answer = await ask(duration);
        const after = await send<UsageAnswer>({ kind: "usage" });
        if (answer.failures > 0) throw new Error(`${variant}: ${answer.failures} requests failed`);
        const cpu = after.cpuMicroseconds - before.cpuMicroseconds;
        return {
          ...answer,
          cpuMicroseconds: cpu / (after.requests - before.requests),
          busy: cpu / 1_000 / (performance.now() - start),
        };
      });
    }
    const measured = await measureInRounds(variants, rounds, (variant) => apps.get(variant)!(milliseconds));
    return report(measured, { rounds, milliseconds });
  } finally {
    await Promise.all([load, ...servers.map(({ worker }) => worker)].map((worker) => worker.stop()));
  }
}

/** What a real sign-in leaves in a session. Its grant opens in every app of the same client. */
async function signIn() {
  return { cookie: undefined, ...(await signInAtGoogle()), email: "ada@example.com" };
}

function report(
  measured: Record<Variant, Measurement[]>,
  { rounds, milliseconds }: { readonly rounds: number; readonly milliseconds: number },
): SectionResult {
  const series = (variant: Variant, field: keyof Measurement) => measured[variant].map((each) => each[field]);
  const estimate = (variant: Variant, field: keyof Measurement) =>
    formatEstimate(estimateMedian(series(variant, field)));
  const ratio = (candidate: Variant, baseline: Variant, field: keyof Measurement) =>
    estimateMedian(ratios(series(candidate, field), series(baseline, field)));
  const variants = Object.keys(APPS) as Variant[];
  return {
    title: "Guarded route",
    notes: [
      `${CONNECTIONS} keep-alive connections, ${rounds} rounds of ${milliseconds} ms for each app, all of them in each round in random order. Sessions are kept in express-session's MemoryStore, which parses a session at each request. Latency is that of a saturated server. Sources run as they are, with their types stripped at load; that costs nothing per request.`,
      `The session comes from a real sign-in. A guard reads the signed-in user and the granted scopes there; the sealed grant makes the session larger, so that there are two baselines: a session of the same content, and one that holds an e-mail address only. “Two middlewares” is what Express itself charges for a middleware and a guard, without their work.`,
    ],
    tables: [
      {
        head: ["app", "what", "requests/s", "p50 ms", "p99 ms", "CPU µs a request", "server busy"],
        rows: variants.map((variant) => [
          variant,
          APPS[variant],
          estimate(variant, "perSecond"),
          estimate(variant, "p50"),
          estimate(variant, "p99"),
          estimate(variant, "cpuMicroseconds"),
          `${Math.round(median(series(variant, "busy")) * 100)} %`,
        ]),
      },
      {
        head: ["against", "requests/s", "p50", "p99", "CPU", "CPU µs added"],
        rows: COMPARISONS.map(([candidate, baseline]) => [
          `${candidate} : ${baseline}`,
          formatRatio(ratio(candidate, baseline, "perSecond")),
          formatRatio(ratio(candidate, baseline, "p50")),
          formatRatio(ratio(candidate, baseline, "p99")),
          formatRatio(ratio(candidate, baseline, "cpuMicroseconds")),
          formatEstimate(
            estimateMedian(differences(series(candidate, "cpuMicroseconds"), series(baseline, "cpuMicroseconds"))),
          ),
        ]),
      },
    ],
    aims: [
      judge("guarded at least 0.97 of a session of the same content", ratio("guarded", "session", "perSecond"), {
        atLeast: 0.97,
      }),
      judge("guarded at least 0.97 of a small session", ratio("guarded", "small session", "perSecond"), {
        atLeast: 0.97,
      }),
      judgeIdle(ratio("idle", "bare", "perSecond")),
    ],
    measurements: measured,
  };
}

function judgeIdle(ratio: Estimate) {
  const verdict = ratio.high >= 1 ? "met" : "not met";
  return { aim: "idle not measurable (the interval holds 1)", found: formatRatio(ratio), verdict };
}
