/** How long a lease lasts without renewal where the app gives no `leaseMs`, in milliseconds. */
const DEFAULT_LEASE_MS = 15_000;
/** A shorter lease could not be renewed in time. */
const SHORTEST = 100;
/** A longer lease would block a key for too long after its process has died. */
const LONGEST = 600_000;

/**
 * Checks the option `leaseMs` of a store: how long a lease outlives a process that died, in milliseconds.
 * @param caller - the function that has the option, for the error message
 * @returns the option, or 15,000 where it is `undefined`
 * @throws TypeError where it is not a whole number from 100 to 600,000
 */
export function checkLeaseMs(leaseMs: number | undefined, caller: string): number {
  if (leaseMs === undefined) return DEFAULT_LEASE_MS;
  if (!Number.isInteger(leaseMs) || leaseMs < SHORTEST || leaseMs > LONGEST) {
    throw new TypeError(
      `${caller}: \`leaseMs\` must be a whole number of milliseconds from ${SHORTEST} to ${LONGEST}, not ${String(leaseMs)}`,
    );
  }
  return leaseMs;
}
