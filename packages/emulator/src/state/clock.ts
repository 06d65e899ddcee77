/**
 * The emulator's clock. It decides when codes and tokens expire and which times ID tokens carry, so a test can let them
 * expire without waiting.
 *
 * @example
 * ```ts
 * google.clock.advance(3_600_000); // one hour: every access token has expired
 * ```
 */
export interface EmulatorClock {
  /** Returns the emulator's time, in milliseconds since the epoch. */
  now(): number;
  /** Moves the clock forward by this many milliseconds, or back if the number is negative. */
  advance(milliseconds: number): void;
  /** Sets the clock to this time, in milliseconds since the epoch. It keeps running from there. */
  set(milliseconds: number): void;
  /** Sets the clock back to its source: the option `now`, or the system's clock. */
  reset(): void;
}

export function createClock(source: () => number): EmulatorClock {
  let offset = 0;
  return {
    now: () => source() + offset,
    advance: (milliseconds) => {
      offset += milliseconds;
    },
    set: (milliseconds) => {
      offset = milliseconds - source();
    },
    reset: () => {
      offset = 0;
    },
  };
}
