import { formatEstimate, formatRatio } from "./report.ts";
import type { Table } from "./report.ts";
import { estimateMedian, measureInRounds, ratios } from "./statistics.ts";
import type { Estimate } from "./statistics.ts";

/** How fast something went in one round. */
export interface Throughput {
  readonly perSecond: number;
  /** CPU time of all of this process's threads, in microseconds for one operation. */
  readonly cpuMicroseconds: number;
}

/** As a busy server has it: asynchronous work overlaps, so that no caller waits for the thread pool. */
const IN_FLIGHT = 32;

/** Measures operations in rounds of `milliseconds` each, {@link IN_FLIGHT} at a time. */
export async function measureThroughput<Name extends string>(
  operations: Readonly<Record<Name, () => unknown>>,
  { rounds, milliseconds }: { readonly rounds: number; readonly milliseconds: number },
): Promise<Record<Name, Throughput[]>> {
  const names = Object.keys(operations) as Name[];
  return measureInRounds(names, rounds, (name) => repeat(operations[name], milliseconds));
}

async function repeat(operation: () => unknown, milliseconds: number): Promise<Throughput> {
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const end = start + milliseconds;
  let count = 0;
  const lane = async () => {
    while (performance.now() < end) {
      await operation();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { perSecond: count / seconds, cpuMicroseconds: (user + system) / count };
}

/** One contestant's throughput as a ratio to another's, or its CPU time. */
export function compare<Name extends string>(
  measured: Readonly<Record<Name, readonly Throughput[]>>,
  candidate: Name,
  baseline: Name,
  field: keyof Throughput = "perSecond",
): Estimate {
  const series = (name: Name) => measured[name].map((each) => each[field]);
  return estimateMedian(ratios(series(candidate), series(baseline)));
}

/** @param titles - the contestants, as the table is to call them */
export function tabulate<Name extends string>(
  measured: Readonly<Record<Name, readonly Throughput[]>>,
  titles: Readonly<Record<Name, string>>,
  baseline: Name,
  unit: string,
): Table {
  const names = Object.keys(titles) as Name[];
  const estimate = (name: Name, field: keyof Throughput) =>
    formatEstimate(estimateMedian(measured[name].map((each) => each[field])));
  return {
    head: ["who", `${unit}/s`, "CPU µs each", `ratio to ${baseline}`, "CPU, the same ratio"],
    rows: names.map((name) => [
      titles[name],
      estimate(name, "perSecond"),
      estimate(name, "cpuMicroseconds"),
      formatRatio(compare(measured, name, baseline)),
      formatRatio(compare(measured, name, baseline, "cpuMicroseconds")),
    ]),
  };
}
