/** A median of repeated measurements, with its 95 % bootstrap interval. */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2_000;

/**
 * The median of a sample, and by how much it would wander if the rounds were run again (percentile bootstrap). A shared
 * machine's noise comes in bursts, so that neither means nor standard deviations say much.
 * @param random - a number of 0 up to 1
 */
export function estimateMedian(sample: readonly number[], random: () => number = Math.random): Estimate {
  const medians = Array.from({ length: RESAMPLES }, () =>
    median(sample.map(() => sample[Math.floor(random() * sample.length)]!)),
  );
  return { median: median(sample), low: quantile(medians, 0.025), high: quantile(medians, 0.975) };
}

/** The middle of a sample. */
export function median(sample: readonly number[]): number {
  return quantile(sample, 0.5);
}

/**
 * The value below which a part of a sample lies, interpolated between neighbours.
 * @param part - 0 to 1
 * @throws RangeError for an empty sample
 */
export function quantile(sample: readonly number[], part: number): number {
  if (sample.length === 0) throw new RangeError("quantile: the sample is empty");
  const sorted = sample.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * part;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position % 1);
}

/** Candidate over baseline, round by round: what slows a whole round down slows both. */
export function ratios(candidate: readonly number[], baseline: readonly number[]): number[] {
  return candidate.map((value, round) => value / baseline[round]!);
}

/** Candidate less baseline, round by round. */
export function differences(candidate: readonly number[], baseline: readonly number[]): number[] {
  return candidate.map((value, round) => value - baseline[round]!);
}

/**
 * Measures every contestant once a round, each round in another random order, so that none has the quiet end of the
 * machine to itself. One round before the first is thrown away: it compiles the code and fills the caches.
 * @returns each contestant's measurements, in the order of the rounds
 */
export async function measureInRounds<Name extends string, Measurement>(
  contestants: readonly Name[],
  rounds: number,
  measure: (contestant: Name) => Promise<Measurement>,
  random: () => number = Math.random,
): Promise<Record<Name, Measurement[]>> {
  const measurements = Object.fromEntries(contestants.map((name) => [name, [] as Measurement[]])) as Record<
    Name,
    Measurement[]
  >;
  for (let round = 0; round <= rounds; round++) {
    for (const contestant of shuffle(contestants, random)) {
      const measurement = await measure(contestant);
      if (round > 0) measurements[contestant].push(measurement);
    }
  }
  return measurements;
}

/** Another order of the same, by Fisher and Yates. */
export function shuffle<T>(items: readonly T[], random: () => number = Math.random): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[chosen]] = [shuffled[chosen]!, shuffled[last]!];
  }
  return shuffled;
}
