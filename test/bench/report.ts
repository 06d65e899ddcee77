import { cpus, loadavg, totalmem } from "node:os";
import type { Estimate } from "./statistics.ts";

/** What one section found. */
export interface SectionResult {
  readonly title: string;
  /** What was measured, how, and what is not comparable: a sentence or two each. */
  readonly notes: readonly string[];
  readonly tables: readonly Table[];
  readonly aims: readonly Aim[];
  /** Every single measurement, for bench.json. */
  readonly measurements: unknown;
}

/** A table: each row has as many cells as the head. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Something that we set out to reach. */
export interface Aim {
  readonly aim: string;
  readonly found: string;
  readonly verdict: string;
}

/** How long a section may take: `--quick` only shows that everything works. */
export interface Scale {
  readonly quick: boolean;
  /** How many grants the largest database of "stores-scale" is to hold, where it is said. */
  readonly grants?: number;
}

/** Holds an estimate against an aim. Where the interval reaches across it, the verdict says so. */
export function judge(
  aim: string,
  estimate: Estimate,
  bound: { readonly atLeast: number } | { readonly atMost: number },
  format: (estimate: Estimate) => string = formatRatio,
): Aim {
  const meets = (value: number) => ("atLeast" in bound ? value >= bound.atLeast : value <= bound.atMost);
  const isSure = meets(estimate.low) === meets(estimate.high);
  const verdict = meets(estimate.median) ? "met" : "not met";
  return { aim, found: format(estimate), verdict: isSure ? verdict : `${verdict}, but the interval reaches across` };
}

/** `0.981 (0.975–0.988)` */
export function formatRatio({ median, low, high }: Estimate): string {
  return `${median.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`;
}

/** `12.3 (11.9–13.0)` and a unit, to the digits that matter. */
export function formatEstimate({ median, low, high }: Estimate, unit = ""): string {
  return `${formatNumber(median)} (${formatNumber(low)}–${formatNumber(high)})${unit}`;
}

/** Three digits below a thousand, whole thousands with a comma. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(size >= 10 ? 1 : 2);
}

/** What the numbers were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly platform: string;
  readonly node: string;
  readonly date: string;
  /** Processes that were running or waiting before the bench began, over one minute. */
  readonly loadBefore: number;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    date: new Date().toISOString(),
    loadBefore: loadavg()[0]!,
  };
}

/** The whole report, in Markdown. */
export function renderReport(machine: Machine, remarks: readonly string[], results: readonly SectionResult[]): string {
  const { cpu, cores, memoryGigabytes, platform, node, date, loadBefore } = machine;
  return [
    "# Bench",
    `${date}, Node.js ${node}, ${platform}, ${cores} × ${cpu}, ${memoryGigabytes} GB, load ${loadBefore.toFixed(2)} before the start`,
    ...remarks,
    ...results.flatMap(renderSection),
    "",
  ].join("\n\n");
}

function renderSection({ title, notes, tables, aims }: SectionResult): string[] {
  const verdicts = aims.map(({ aim, found, verdict }) => [aim, found, verdict]);
  return [
    `## ${title}`,
    ...notes,
    ...tables.map(renderTable),
    ...(verdicts.length > 0 ? [renderTable({ head: ["aim", "found", "verdict"], rows: verdicts })] : []),
  ];
}

function renderTable({ head, rows }: Table): string {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  return [line(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join("\n");
}
