/** When a session began and when it was last used, both in milliseconds since the epoch. */
export interface Stamps {
  readonly createdAt: number;
  readonly usedAt: number;
}

/** How long sessions live. */
export interface Lifetime {
  /** Milliseconds without a request after which a session ends. */
  readonly idle: number;
  /** Milliseconds after its beginning at which a session ends, even while it is in use. */
  readonly absolute: number;
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number;
}

/** How often `usedAt` is updated within the idle lifetime at most, so that most requests write nothing. */
const UPDATES_PER_IDLE_TIME = 8;
/** How far the clocks of an app's servers may differ, in milliseconds. */
const MAX_SKEW = 5 * 60_000;

/** When a session ends unless it is used again, in milliseconds since the epoch. */
export function expiryOf({ createdAt, usedAt }: Stamps, { idle, absolute }: Lifetime): number {
  return Math.min(usedAt + idle, createdAt + absolute);
}

/** Whether a session has ended. One that begins in the future has too, since its times cannot be trusted. */
export function isOver(stamps: Stamps, lifetime: Lifetime): boolean {
  const now = lifetime.now();
  return now >= expiryOf(stamps, lifetime) || stamps.createdAt > now + MAX_SKEW;
}

/** Whether `usedAt` is old enough to be updated. */
export function isUseDue({ usedAt }: Stamps, { idle, now }: Lifetime): boolean {
  return now() - usedAt > idle / UPDATES_PER_IDLE_TIME;
}

/** The `Max-Age` of the session's cookie, in seconds. */
export function secondsLeft(stamps: Stamps, lifetime: Lifetime): number {
  return Math.max(0, Math.ceil((expiryOf(stamps, lifetime) - lifetime.now()) / 1000));
}
