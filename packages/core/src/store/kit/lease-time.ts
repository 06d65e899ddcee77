/** How long a lease lasts unless it is renewed, in milliseconds, where a store is not told otherwise. */
const DEFAULT_LEASE_MS = 15_000;
const SHORTEST = 100;
const LONGEST = 600_000;

/** @throws TypeError for a lease that is too short to be renewed in time, or that would outlive a dead process for long */
export function checkLeaseMs(leaseMs: number | undefined, caller: string): number {
  if (leaseMs === undefined) return DEFAULT_LEASE_MS;
  if (!Number.isInteger(leaseMs) || leaseMs < SHORTEST || leaseMs > LONGEST) {
    throw new TypeError(
      `${caller}: \`leaseMs\` must be a whole number of milliseconds from ${SHORTEST} to ${LONGEST}, not ${String(leaseMs)}`,
    );
  }
  return leaseMs;
}
