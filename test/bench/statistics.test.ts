import { describe, expect, it } from "vitest";
import { formatEstimate, formatRatio, judge, renderReport } from "./report.ts";
import { estimateMedian, measureInRounds, quantile, ratios } from "./statistics.ts";

/** A linear congruential generator, so that each run of the test sees the same numbers. */
function createRandom(seed = 1): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

describe("the bench's statistics", () => {
  it("interpolate quantiles between neighbours", () => {
    expect([0, 0.25, 0.5, 1].map((part) => quantile([4, 1, 3, 2], part))).toEqual([1, 1.75, 2.5, 4]);
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });

  it("give a median with an interval that holds it, wider for a noisier sample", () => {
    const random = createRandom();
    const sample = (noise: number) => Array.from({ length: 25 }, () => 10 + noise * (random() - 0.5));
    const [calm, wild] = [estimateMedian(sample(1), random), estimateMedian(sample(10), random)];
    for (const { low, median, high } of [calm, wild])
      expect([low, median, high]).toEqual([low, median, high].toSorted((a, b) => a - b));
    expect(wild.high - wild.low).toBeGreaterThan(calm.high - calm.low);
    expect(estimateMedian([7, 7, 7], random)).toEqual({ median: 7, low: 7, high: 7 });
  });

  it("compare round by round", () => {
    expect(ratios([9, 4], [10, 5])).toEqual([0.9, 0.8]);
  });

  it("measure each contestant once a round, in varying order, and throw the first round away", async () => {
    const order: string[] = [];
    const measured = await measureInRounds(
      ["a", "b", "c"],
      8,
      (name) => Promise.resolve(order.push(name)),
      createRandom(),
    );
    expect(order).toHaveLength(27);
    expect(measured.a).toHaveLength(8);
    expect(Math.min(...Object.values(measured).flat())).toBe(4);
    const rounds = Array.from({ length: 9 }, (_, round) => order.slice(3 * round, 3 * round + 3));
    for (const round of rounds) expect(round.toSorted()).toEqual(["a", "b", "c"]);
    expect(new Set(rounds.map((round) => round.join(""))).size).toBeGreaterThan(2);
  });
});

describe("the bench's report", () => {
  it("says whether an aim is met, and where the measurement cannot tell", () => {
    const verdict = (median: number, low: number, high: number) =>
      judge("at least 0.97", { median, low, high }, { atLeast: 0.97 }).verdict;
    expect(verdict(0.99, 0.98, 1)).toBe("met");
    expect(verdict(0.95, 0.94, 0.96)).toBe("not met");
    expect(verdict(0.98, 0.96, 1)).toBe("met, but the interval reaches across");
    expect(judge("at most 15", { median: 16, low: 15.5, high: 17 }, { atMost: 15 }).verdict).toBe("not met");
  });

  it("prints numbers to the digits that matter", () => {
    expect(formatRatio({ median: 0.98142, low: 0.97, high: 1 })).toBe("0.981 (0.970–1.000)");
    expect(formatEstimate({ median: 12_345.6, low: 99.94, high: 2.345 }, " ms")).toBe("12,346 (99.9–2.35) ms");
  });

  it("is a Markdown table for each section, with its aims", () => {
    const machine = { cpu: "Some CPU", cores: 2, memoryGigabytes: 8, platform: "linux x64", node: "v24.0.0" };
    const report = renderReport(
      { ...machine, date: "2026-01-01", loadBefore: 0.5 },
      ["A remark."],
      [
        {
          title: "Section",
          notes: ["A note."],
          tables: [{ head: ["who", "n"], rows: [["ours", "1"]] }],
          aims: [{ aim: "one", found: "1", verdict: "met" }],
          measurements: [],
        },
      ],
    );
    expect(report).toContain("2 × Some CPU, 8 GB, load 0.50 before the start\n\nA remark.\n\n## Section\n\nA note.\n");
    expect(report).toContain("| who  | n |\n|------|---|\n| ours | 1 |");
    expect(report).toContain("| one | 1     | met     |");
  });
});
