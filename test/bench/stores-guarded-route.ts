import { randomBytes } from "node:crypto";
import { memoryTokenStore } from "@scopegate/core";
import type { TokenStore } from "@scopegate/core";
import type { GrantKey, StoredGrant } from "@scopegate/core/store-kit";
import { CLIENT, DRIVE } from "../harness/app/scenario.ts";
import { signInAtGoogle } from "./google-sign-in.ts";
import type { LoadAnswer, LoadMessage } from "./load.ts";
import { CORES, startWorker } from "./processes.ts";
import type { Worker } from "./processes.ts";
import { formatEstimate, formatRatio } from "./report.ts";
import type { Scale, SectionResult } from "./report.ts";
import type { StartAnswer, UsageAnswer } from "./server.ts";
import { differences, estimateMedian, measureInRounds, ratios } from "./statistics.ts";
import { reachableStores, remarkOnMissing } from "./stores-open.ts";
import type { StoreName } from "./stores-open.ts";
import type { StoreServerMessage } from "./stores-server.ts";

const CONNECTIONS = 50;

/** In the session itself; or in a store, with a session of the same length, or of its own. */
type App = "session" | StoreName | "memory, small session";

interface Measurement extends LoadAnswer {
  readonly cpuMicroseconds: number;
}

/** What a guarded request costs with each store, against grants in the session. */
export async function benchStoresGuardedRoute({ quick }: Scale): Promise<SectionResult> {
  const { rounds, milliseconds } = quick ? { rounds: 2, milliseconds: 300 } : { rounds: 14, milliseconds: 700 };
  const stores = await reachableStores();
  const apps: readonly App[] = ["session", ...stores, "memory, small session"];
  const encryptionKey = randomBytes(32).toString("base64");
  const load = startWorker("load.ts", CORES.load);
  const servers = new Map(apps.map((app): [App, Worker] => [app, startWorker("stores-server.ts", CORES.server)]));
  try {
    const run = await startApps(servers, encryptionKey);
    const measured = await measureInRounds(apps, rounds, async (app) => run(app, load, milliseconds));
    return report(apps, measured, { rounds, milliseconds, remarks: remarkOnMissing(stores) });
  } finally {
    await Promise.allSettled([...servers.values()].map((worker) => send(worker, { kind: "close" })));
    await Promise.all([load, ...servers.values()].map((worker) => worker.stop()));
  }
}

function send<Answer>(worker: Worker, message: StoreServerMessage): Promise<Answer> {
  return worker.ask<Answer>(message);
}

async function startApps(servers: ReadonlyMap<App, Worker>, encryptionKey: string) {
  const inSession = await signIn(encryptionKey);
  const store = memoryTokenStore();
  const inStore = await signIn(encryptionKey, store);
  const grants: (readonly [GrantKey, StoredGrant])[] = [];
  for await (const entry of store.entries(CLIENT.clientId)) grants.push(entry);
  const missing = JSON.stringify(inSession).length - JSON.stringify({ ...inStore, filling: "" }).length;
  const filled = { ...inStore, filling: "x".repeat(Math.max(0, missing)) };

  const started = new Map<App, StartAnswer>();
  for (const [app, worker] of servers) {
    started.set(
      app,
      await send<StartAnswer>(worker, {
        kind: "start",
        store: app === "session" ? undefined : app === "memory, small session" ? "memory" : app,
        client: CLIENT,
        encryptionKey,
        scope: DRIVE,
        content: app === "session" ? inSession : app === "memory, small session" ? inStore : filled,
        grants,
      }),
    );
  }
  return async (app: App, load: Worker, milliseconds: number): Promise<Measurement> => {
    const worker = servers.get(app)!;
    const before = await send<UsageAnswer>(worker, { kind: "usage" });
    const asked = { ...started.get(app)!, connections: CONNECTIONS, milliseconds } satisfies LoadMessage;
    const answer = await load.ask<LoadAnswer>(asked);
    const after = await send<UsageAnswer>(worker, { kind: "usage" });
    if (answer.failures > 0) throw new Error(`${app}: ${answer.failures} requests failed`);
    const cpu = after.cpuMicroseconds - before.cpuMicroseconds;
    return { ...answer, cpuMicroseconds: cpu / (after.requests - before.requests) };
  };
}

/** What a real sign-in leaves in a session, and in the store if there is one. */
async function signIn(encryptionKey: string, store?: TokenStore): Promise<Record<string, unknown>> {
  const options = { encryptionKeys: [encryptionKey], ...(store !== undefined && { store }) };
  return { cookie: undefined, ...(await signInAtGoogle(options)) };
}

function report(
  apps: readonly App[],
  measured: Record<App, Measurement[]>,
  scale: { readonly rounds: number; readonly milliseconds: number; readonly remarks: readonly string[] },
): SectionResult {
  const series = (app: App, field: keyof Measurement) => measured[app].map((each) => each[field]);
  const estimate = (app: App, field: keyof Measurement) => formatEstimate(estimateMedian(series(app, field)));
  const ratio = (app: App, field: keyof Measurement) =>
    formatRatio(estimateMedian(ratios(series(app, field), series("session", field))));
  return {
    title: "A guarded route with each store",
    notes: [
      `express-session with its MemoryStore, \`googleOAuth({ store })\` and \`requireScopes\`; ${CONNECTIONS} keep-alive connections, ${scale.rounds} rounds of ${scale.milliseconds} ms for each app, all of them in each round in random order. “Session” keeps the sealed grant in the session. The others read it from their store, and when its user was last signed out everywhere, in each request.`,
      "Session and grant come from a real sign-in. With a store the session is filled up to the length that it has with the grant in it, so that the store alone makes the difference; “small session” is not, as in an app. CPU is the app's process, without the database's, which shares the machine's cores with both.",
      ...scale.remarks,
    ],
    tables: [
      {
        head: [
          "grants in",
          "requests/s",
          "p50 ms",
          "p99 ms",
          "CPU µs a request",
          "requests/s : session",
          "CPU : session",
          "CPU µs added",
        ],
        rows: apps.map((app) => [
          app,
          estimate(app, "perSecond"),
          estimate(app, "p50"),
          estimate(app, "p99"),
          estimate(app, "cpuMicroseconds"),
          ratio(app, "perSecond"),
          ratio(app, "cpuMicroseconds"),
          formatEstimate(
            estimateMedian(differences(series(app, "cpuMicroseconds"), series("session", "cpuMicroseconds"))),
          ),
        ]),
      },
    ],
    aims: [],
    measurements: measured,
  };
}
