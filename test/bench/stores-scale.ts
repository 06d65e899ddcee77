import type { TokenStore } from "@scopegate/core";
import { showProgress } from "./progress.ts";
import { formatEstimate, formatNumber, formatRatio } from "./report.ts";
import type { Aim, Scale, SectionResult, Table } from "./report.ts";
import { estimateMedian, measureInRounds, quantile, ratios, shuffle } from "./statistics.ts";
import { openPlaces, reachableKinds } from "./stores-places.ts";
import type { Place, PlaceKind, PlaceMaker, Plan } from "./stores-places.ts";
import { recordKey, sealRecords, vaultOver } from "./stores-records.ts";

/** Where `--grants` does not say another number. A million takes minutes and gigabytes. */
const GRANTS = 100_000;
/** How many grants are sealed and written at a time. */
const BATCH = 1_000;
/** How many grants of each place are read back and opened before anything is measured. */
const SAMPLE = 500;

/** What is looked for of a user. */
const READS = {
  get: (store: TokenStore, user: number) => store.get(recordKey(user)),
  keysOf: (store: TokenStore, user: number) => store.keysOf(recordKey(user).client, recordKey(user).account),
} as const;
type Read = keyof typeof READS;

/** Each read of a store, for its plan. */
const EXPLAINED: Readonly<Record<string, (store: TokenStore, digest: string) => unknown>> = {
  get: (store) => READS.get(store, 0),
  list: (store) => store.list(recordKey(0).client, recordKey(0).owner),
  keysOf: (store) => READS.keysOf(store, 0),
  byTokenDigest: (store, digest) => store.byTokenDigest(recordKey(0).client, digest),
  entries: (store) => store.entries(recordKey(0).client)[Symbol.asyncIterator]().next(),
  signedOutAt: (store) => store.signedOutAt(recordKey(0).client, recordKey(0).account),
};

type Contestant = `${PlaceKind}, ${number}`;
type Round = Readonly<Record<Read, { readonly p50: number; readonly p99: number }>>;
type Places = ReadonlyMap<Contestant, Place>;

/** How reads and room grow with the number of grants. */
export async function benchStoresScale({ quick, grants = quick ? 2_000 : GRANTS }: Scale): Promise<SectionResult> {
  const { rounds, milliseconds } = quick ? { rounds: 2, milliseconds: 20 } : { rounds: 16, milliseconds: 80 };
  const sizes = [...[1_000, 100_000].filter((size) => size < grants), grants];
  const kinds = await reachableKinds();
  const makers: PlaceMaker[] = [];
  const places = new Map<Contestant, Place>();
  try {
    for (const kind of kinds) {
      const maker = await openPlaces(kind);
      makers.push(maker);
      for (const size of sizes) places.set(`${kind}, ${size}`, await maker.make(`n${size}`));
    }
    const digest = await fill(places, kinds, sizes);
    const measured = await measureInRounds([...places.keys()], rounds, (contestant) =>
      measure(places.get(contestant)!.store, sizeOf(contestant), milliseconds),
    );
    const plans = await explain(places, kinds, grants, digest);
    return {
      title: "Stores as they grow",
      notes: [
        `Grants of ${sizes.map((size) => size.toLocaleString("en-US")).join(", ")} users in each database, all at once; random users are looked for, one at a time, ${rounds} rounds of ${milliseconds} ms for each read and number of grants, all in random order. Ratios are to the same database with ${sizes[0]!.toLocaleString("en-US")} grants, in the same round. Measured after \`VACUUM (ANALYZE)\` and a checkpoint of the write-ahead log.`,
        `Written by a loader that a test holds against what the stores write. ${Math.min(SAMPLE, sizes[0]!)} random grants of each place were read by the store, opened, and found by their subject. A sealed grant has ${(await sealRecords(0, 1))[0]!.grant.payload.length} characters here; other lengths of tokens and claims need other room.`,
      ],
      tables: [...reports(kinds, sizes, measured), await weigh(places, kinds, grants), tabulatePlans(plans)],
      aims: [judgePlans(plans, grants)],
      measurements: measured,
    };
  } finally {
    await Promise.all([...places.values()].map((place) => place[Symbol.asyncDispose]()));
    await Promise.all(makers.map((maker) => maker[Symbol.asyncDispose]()));
  }
}

const sizeOf = (contestant: Contestant) => Number(contestant.split(", ")[1]);

/** The smaller places have the first users of the larger ones. @returns a digest by which a grant is found */
async function fill(places: Places, kinds: readonly PlaceKind[], sizes: readonly number[]): Promise<string> {
  const total = sizes.at(-1)!;
  const progress = showProgress(total, "grants");
  let digest: string | undefined;
  for (let done = 0; done < total; done += BATCH) {
    const records = await sealRecords(done, Math.min(BATCH, total - done));
    digest ??= records[0]!.options.digests!.at(-1)!;
    await Promise.all(
      kinds.map(async (kind) => {
        for (const size of sizes.filter((each) => each > done)) {
          await places.get(`${kind}, ${size}`)!.load(records.slice(0, size - done));
        }
      }),
    );
    progress(done + records.length);
  }
  for (const [contestant, place] of places) {
    await place.settle();
    await readBack(contestant, place);
  }
  return digest!;
}

async function readBack(contestant: Contestant, { store }: Place): Promise<void> {
  const size = sizeOf(contestant);
  const vault = vaultOver(store);
  for (let count = 0; count < Math.min(SAMPLE, size); count++) {
    const user = count === 0 ? size - 1 : Math.floor(Math.random() * size);
    const { account, owner } = recordKey(user);
    const found = await vault.get(recordKey(user));
    const keys = await READS.keysOf(store, user);
    if (found?.grant.user.sub !== account || keys.length !== 1 || keys[0]!.owner !== owner) {
      throw new Error(`stores: ${contestant}: the grant of user ${user} is not as it was written`);
    }
  }
}

async function measure(store: TokenStore, size: number, milliseconds: number): Promise<Round> {
  const round: Partial<Record<Read, { p50: number; p99: number }>> = {};
  for (const read of shuffle(Object.keys(READS) as Read[])) {
    const latencies: number[] = [];
    const end = performance.now() + milliseconds;
    for (let began = 0; began < end;) {
      const user = Math.floor(Math.random() * size);
      began = performance.now();
      await READS[read](store, user);
      latencies.push((performance.now() - began) * 1_000);
    }
    round[read] = { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
  }
  return round as Round;
}

function reports(
  kinds: readonly PlaceKind[],
  sizes: readonly number[],
  measured: Readonly<Record<Contestant, Round[]>>,
): Table[] {
  return (Object.keys(READS) as Read[]).map((read) => {
    const series = (kind: PlaceKind, size: number, field: "p50" | "p99") =>
      measured[`${kind}, ${size}`]!.map((round) => round[read][field]);
    const row = (kind: PlaceKind, size: number) => {
      const estimate = (field: "p50" | "p99") => formatEstimate(estimateMedian(series(kind, size, field)));
      const ratio = (field: "p50" | "p99") =>
        formatRatio(estimateMedian(ratios(series(kind, size, field), series(kind, sizes[0]!, field))));
      return [kind, size.toLocaleString("en-US"), estimate("p50"), estimate("p99"), ratio("p50"), ratio("p99")];
    };
    return {
      head: [read, "grants", "p50 µs", "p99 µs", "p50, ratio", "p99, ratio"],
      rows: kinds.flatMap((kind) => sizes.map((size) => row(kind, size))),
    };
  });
}

async function weigh(places: Places, kinds: readonly PlaceKind[], grants: number): Promise<Table> {
  const rows = kinds.map(async (kind) => {
    const sizes = Object.entries(await places.get(`${kind}, ${grants}`)!.sizes());
    const bytes = sizes.reduce((sum, [, each]) => sum + each, 0);
    const parts = sizes
      .filter(([, each]) => each / grants >= 1)
      .toSorted(([, a], [, b]) => b - a)
      .map(([part, each]) => `${part.replace(`n${grants}_`, "")} ${formatNumber(each / grants)}`);
    return [kind, `${formatNumber(bytes / 2 ** 20)} MB`, formatNumber(bytes / grants), parts.join(", ")];
  });
  return { head: ["room", "in all", "bytes a grant", "of them"], rows: await Promise.all(rows) };
}

/** How a kind of database finds what a read asks for. */
type ReadPlan = Plan & { readonly kind: PlaceKind; readonly read: string };

async function explain(
  places: Places,
  kinds: readonly PlaceKind[],
  grants: number,
  digest: string,
): Promise<readonly ReadPlan[]> {
  const plans: ReadPlan[] = [];
  for (const kind of kinds) {
    const place = places.get(`${kind}, ${grants}`)!;
    for (const [read, call] of Object.entries(EXPLAINED)) {
      const plan = await place.explain?.((store) => call(store, digest));
      if (plan !== undefined) plans.push({ kind, read, ...plan });
    }
  }
  return plans;
}

function tabulatePlans(plans: readonly ReadPlan[]): Table {
  return {
    head: ["plan", "read", "by"],
    rows: plans.map(({ kind, read, steps }) => [kind, read, steps.join(" ← ").replaceAll(/n\d+_/g, "")]),
  };
}

function judgePlans(plans: readonly ReadPlan[], grants: number): Aim {
  const scans = plans.filter(({ isByIndex }) => !isByIndex).map(({ kind, read }) => `${kind} ${read}`);
  return {
    aim: `no read goes through a table of ${grants.toLocaleString("en-US")} grants`,
    found: scans.length === 0 ? `${plans.length} plans, all by index` : scans.join(", "),
    verdict: scans.length === 0 ? "met" : "not met",
  };
}
