import { formatEstimate, formatRatio, judge } from "./report.ts";
import type { Scale, SectionResult, Table } from "./report.ts";
import { estimateMedian, measureInRounds, quantile, ratios, shuffle } from "./statistics.ts";
import type { Estimate } from "./statistics.ts";
import { openStore, reachableStores, remarkOnMissing } from "./stores-open.ts";
import type { OpenedStore, StoreName } from "./stores-open.ts";
import { recordGrant, sealRecords, vaultOver } from "./stores-records.ts";

/** Users, each with one grant. */
const USERS = 1_000;
/** As a busy server has it; users are shared out among them, so that no two write the same grant. */
const LANES = 32;

/** What is done, with what it is compared with: the same store's, or the bare client's. */
const OPERATIONS = {
  "bare get": undefined,
  get: "bare get",
  "get, sealed": "get",
  list: "get",
  keysOf: "get",
  "bare put": undefined,
  "put, ifVersion": "bare put",
  "put, ifVersion, sealed": "put, ifVersion",
  exclusively: "put, ifVersion",
} as const;

type Operation = keyof typeof OPERATIONS;
const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly Operation[];

/** Does something once, for one user. */
type Run = (user: number) => unknown;
/** What one store did in one round. */
type Round = Readonly<Record<Operation, Measurement>>;

interface Measurement {
  readonly perSecond: number;
  /** Of this process, without that of the server. */
  readonly cpuMicroseconds: number;
  /** Microseconds, one at a time. */
  readonly p50: number;
  readonly p99: number;
}

/** What each operation of each store costs, beside what the same client does without one. */
export async function benchStores({ quick }: Scale): Promise<SectionResult> {
  const { rounds, milliseconds } = quick ? { rounds: 2, milliseconds: 20 } : { rounds: 12, milliseconds: 90 };
  const names = await reachableStores();
  const opened: OpenedStore[] = [];
  const runs = new Map<StoreName, Readonly<Record<Operation, Run>>>();
  try {
    for (const name of names) {
      const store = await openStore(name);
      opened.push(store);
      runs.set(name, await prepare(store));
    }
    // What is compared lies close together in time: on a shared machine, the next second is another one.
    const measured = await measureInRounds(names, rounds, async (name) => {
      const round: Partial<Record<Operation, Measurement>> = {};
      for (const operation of shuffle(OPERATION_NAMES)) {
        round[operation] = await measure(runs.get(name)![operation], milliseconds);
      }
      return round as Round;
    });
    return report(names, measured, { rounds, milliseconds });
  } finally {
    await Promise.all(opened.map((store) => store[Symbol.asyncDispose]()));
  }
}

async function prepare({ store, bare }: OpenedStore): Promise<Readonly<Record<Operation, Run>>> {
  const records = await sealRecords(0, USERS);
  await Promise.all(records.map(async ({ key, grant, options }) => store.put(key, grant, options)));
  await Promise.all(records.map(({ key, grant }) => bare.put(key.owner, grant.payload)));
  const vault = vaultOver(store);
  const grants = records.map((_, user) => recordGrant(user));
  const versions = records.map(({ grant }) => grant.version);
  const of = (user: number) => records[user]!;
  let bareWrites = 0;
  return {
    "bare get": (user) => bare.get(of(user).key.owner),
    get: async (user) => demand((await store.get(of(user).key)) !== undefined, "get"),
    "get, sealed": async (user) => demand((await vault.get(of(user).key)) !== undefined, "get, sealed"),
    list: async (user) => {
      const { client, owner } = of(user).key;
      demand((await store.list(client, owner)).length === 1, "list");
    },
    keysOf: async (user) => {
      const { client, account } = of(user).key;
      demand((await store.keysOf(client, account)).length === 1, "keysOf");
    },
    // Never the same text: SQLite does not write what is there already.
    "bare put": (user) => bare.put(of(user).key.owner, `${++bareWrites}${of(user).grant.payload}`),
    "put, ifVersion": async (user) => {
      const { key, grant, options } = of(user);
      const ifVersion = versions[user]!;
      versions[user] = ifVersion + 1;
      const isWritten = await store.put(key, { ...grant, version: ifVersion + 1 }, { ...options, ifVersion });
      demand(isWritten, "put, ifVersion");
    },
    "put, ifVersion, sealed": async (user) => {
      const written = await vault.put(of(user).key, grants[user]!, versions[user]!);
      demand(written !== undefined, "put, ifVersion, sealed");
      versions[user] = written!.version;
    },
    exclusively: (user) => store.exclusively(of(user).key, async () => undefined),
  };
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(`stores: ${what} did not do what it is measured for`);
}

async function measure(run: Run, milliseconds: number): Promise<Measurement> {
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const counts = await Promise.all(
    Array.from({ length: LANES }, (_, lane) => repeat(run, lane, LANES, milliseconds).then(({ length }) => length)),
  );
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const count = counts.reduce((sum, each) => sum + each, 0);
  const latencies = await repeat(run, 0, 1, milliseconds);
  return {
    perSecond: count / seconds,
    cpuMicroseconds: (user + system) / count,
    p50: quantile(latencies, 0.5) * 1_000,
    p99: quantile(latencies, 0.99) * 1_000,
  };
}

/** One after the other, for every `step`th user. @returns how long each took, in milliseconds */
async function repeat(run: Run, first: number, step: number, milliseconds: number): Promise<number[]> {
  const latencies: number[] = [];
  const end = performance.now() + milliseconds;
  for (let user = first, began = 0; began < end; user = user + step < USERS ? user + step : first) {
    began = performance.now();
    await run(user);
    latencies.push(performance.now() - began);
  }
  return latencies;
}

function report(
  names: readonly StoreName[],
  measured: Record<StoreName, Round[]>,
  { rounds, milliseconds }: { readonly rounds: number; readonly milliseconds: number },
): SectionResult {
  const series = (operation: Operation, name: StoreName, field: keyof Measurement) =>
    measured[name].map((round) => round[operation][field]);
  const estimate = (operation: Operation, name: StoreName, field: keyof Measurement) =>
    formatEstimate(estimateMedian(series(operation, name, field)));
  const ratio = (operation: Operation, baseline: Operation, name: StoreName): Estimate =>
    estimateMedian(ratios(series(operation, name, "perSecond"), series(baseline, name, "perSecond")));

  const tables = OPERATION_NAMES.map((operation): Table => {
    const baseline = OPERATIONS[operation];
    return {
      head: [
        operation,
        "operations/s",
        "CPU µs each",
        "p50 µs, alone",
        "p99 µs, alone",
        ...(baseline === undefined ? [] : [`operations/s : ${baseline}`]),
      ],
      rows: names.map((name) => [
        name,
        ...(["perSecond", "cpuMicroseconds", "p50", "p99"] as const).map((field) => estimate(operation, name, field)),
        ...(baseline === undefined ? [] : [formatRatio(ratio(operation, baseline, name))]),
      ]),
    };
  });
  return {
    title: "Stores",
    notes: [
      `${USERS.toLocaleString("en-US")} users with one grant each. Operations a second: ${LANES} at once, each for other users; latency: one at a time. ${rounds} rounds of ${milliseconds} ms for each of both, all stores in each round in random order, and so are the operations of each. p99 is the median over rounds of each round's own. CPU is this process's, without the server's; servers are on the same machine, and take their share of its cores.`,
      "“Bare” is the least that the same client could do: text of the same length by its key (`Map`; a prepared `SELECT` and upsert of `node:sqlite`, with `synchronous = FULL`; `GET` and `SET`; `SELECT` and upsert by `pg`, prepared where the store prepares; Keyv's `get` and `set`), without versions, fences, indexes. “Sealed” goes through the vault, as every app does. “Exclusively” takes a lease, does nothing, and ends it.",
      ...remarkOnMissing(names),
    ],
    tables,
    aims: names
      .filter((name) => name !== "memory")
      .map((name) =>
        judge(`get from ${name} at least 0.5 of the bare client`, ratio("get", "bare get", name), { atLeast: 0.5 }),
      ),
    measurements: measured,
  };
}
