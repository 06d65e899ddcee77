/** The emulator's time. Tokens, codes and ID tokens all live by it, so a test can age them without waiting. */
export interface EmulatorClock {
  /** The current time in milliseconds since the epoch. */
  now(): number;
  /** Moves time forward (or back, with a negative number) by this many milliseconds. */
  advance(milliseconds: number): void;
  /** Sets the time, in milliseconds since the epoch. It runs on from there. */
  set(milliseconds: number): void;
  /** Back to the time of the source. */
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
