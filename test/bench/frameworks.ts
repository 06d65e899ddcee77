import { CLIENT, DRIVE } from "../harness/app/scenario.ts";
import { APPS } from "./framework-apps.ts";
import type { AppName } from "./framework-apps.ts";
import type { FrameworkMessage } from "./framework-server.ts";
import { signInAtGoogle } from "./google-sign-in.ts";
import type { LoadAnswer, LoadMessage } from "./load.ts";
import { CORES, startWorker } from "./processes.ts";
import { formatEstimate, formatRatio, judge } from "./report.ts";
import type { Scale, SectionResult } from "./report.ts";
import type { StartAnswer, UsageAnswer } from "./server.ts";
import { differences, estimateMedian, measureInRounds, ratios } from "./statistics.ts";

const CONNECTIONS = 50;

/** An app, with a guard or without Scopegate. */
type Contestant = `${AppName}: ${"guarded" | "session only"}`;

interface Measurement extends LoadAnswer {
  readonly cpuMicroseconds: number;
}

/** What a guard costs each request on each framework, against the same app without Scopegate. */
export async function benchFrameworks({ quick }: Scale): Promise<SectionResult> {
  const { rounds, milliseconds } = quick ? { rounds: 2, milliseconds: 300 } : { rounds: 16, milliseconds: 1_000 };
  const content = await signIn();
  const load = startWorker("load.ts", CORES.load);
  const servers = (Object.keys(APPS) as AppName[]).flatMap((app) =>
    [true, false].map((guarded) => ({ app, guarded, worker: startWorker("framework-server.ts", CORES.server) })),
  );
  try {
    const contestants = new Map<Contestant, () => Promise<Measurement>>();
    for (const { app, guarded, worker } of servers) {
      const send = <Answer>(message: FrameworkMessage) => worker.ask<Answer>(message);
      const address = await send<StartAnswer>({ kind: "start", app, guarded, client: CLIENT, scope: DRIVE, content });
      await expectToAnswer(address, content.email);
      const name = recordName(app, guarded);
      contestants.set(name, async () => {
        const before = await send<UsageAnswer>({ kind: "usage" });
        const answer = await load.ask<LoadAnswer>({
          ...address,
          connections: CONNECTIONS,
          milliseconds,
        } satisfies LoadMessage);
        const after = await send<UsageAnswer>({ kind: "usage" });
        if (answer.failures > 0) throw new Error(`${name}: ${answer.failures} requests failed`);
        const cpu = after.cpuMicroseconds - before.cpuMicroseconds;
        return { ...answer, cpuMicroseconds: cpu / (after.requests - before.requests) };
      });
    }
    const measured = await measureInRounds([...contestants.keys()], rounds, (name) => contestants.get(name)!());
    return report(measured, { rounds, milliseconds });
  } finally {
    await Promise.all([load, ...servers.map(({ worker }) => worker)].map((worker) => worker.stop()));
  }
}

const recordName = (app: AppName, guarded: boolean): Contestant => `${app}: ${guarded ? "guarded" : "session only"}`;

/** An app that answers something else is not worth measuring. */
async function expectToAnswer({ url, cookie }: StartAnswer, email: string): Promise<void> {
  const answer = await fetch(url, { headers: { cookie } });
  const text = await answer.text();
  if (text !== JSON.stringify({ email })) throw new Error(`${url} answers ${answer.status} ${text}`);
}

/** What a real sign-in leaves in a session. Its grant opens in every app of the same client. */
async function signIn() {
  const { cookie: _, ...content } = await signInAtGoogle();
  return { ...content, email: "ada@example.com" };
}

function report(
  measured: Record<Contestant, Measurement[]>,
  { rounds, milliseconds }: { readonly rounds: number; readonly milliseconds: number },
): SectionResult {
  const apps = Object.keys(APPS) as AppName[];
  const series = (app: AppName, guarded: boolean, field: keyof Measurement) =>
    measured[recordName(app, guarded)].map((each) => each[field]);
  const estimate = (app: AppName, guarded: boolean, field: keyof Measurement) =>
    formatEstimate(estimateMedian(series(app, guarded, field)));
  const ratio = (app: AppName, field: keyof Measurement) =>
    estimateMedian(ratios(series(app, true, field), series(app, false, field)));
  return {
    title: "Guarded route on each framework",
    notes: [
      `${CONNECTIONS} keep-alive connections, ${rounds} rounds of ${milliseconds} ms for each app, all of them in each round in random order. “Guarded” has \`googleOAuth()\` and \`requireScopes\`; “session only” is the same app without them, with a session of the same content, of which it reads an e-mail address. With a session of our own it has no session at all, so that there the ratio is to the bare framework.`,
      "Each framework is held against itself: what they do for a request by themselves differs, and so do their session plugins.",
    ],
    tables: [
      {
        head: ["app", "requests/s, session only", "guarded", "ratio", "p50", "CPU", "CPU µs added"],
        rows: apps.map((app) => [
          app,
          estimate(app, false, "perSecond"),
          estimate(app, true, "perSecond"),
          formatRatio(ratio(app, "perSecond")),
          formatRatio(ratio(app, "p50")),
          formatRatio(ratio(app, "cpuMicroseconds")),
          formatEstimate(
            estimateMedian(differences(series(app, true, "cpuMicroseconds"), series(app, false, "cpuMicroseconds"))),
          ),
        ]),
      },
    ],
    aims: apps
      .filter((app) => !app.includes("our own"))
      .map((app) => judge(`${app}: guarded at least 0.97`, ratio(app, "perSecond"), { atLeast: 0.97 })),
    measurements: measured,
  };
}
