/** When a session began, and when it was last seen: milliseconds since the epoch. */
export interface Stamps {
  readonly createdAt: number;
  readonly usedAt: number;
}

/** How long sessions live. */
export interface Lifetime {
  /** Milliseconds without a request after which a session is over. */
  readonly idle: number;
  /** Milliseconds after which it is over in any case. */
  readonly absolute: number;
  readonly now: () => number;
}

/** The use of a session is noted only so often: a request that changes nothing writes nothing. */
const NOTES_PER_IDLE_TIME = 8;

export function expiryOf({ createdAt, usedAt }: Stamps, { idle, absolute }: Lifetime): number {
  return Math.min(usedAt + idle, createdAt + absolute);
}

/** A session of the future is over too: it was made by a clock that nobody can trust. */
export function isOver(stamps: Stamps, lifetime: Lifetime): boolean {
  const now = lifetime.now();
  return now >= expiryOf(stamps, lifetime) || stamps.createdAt > now + MAX_SKEW;
}

/** Servers of one app do not agree to the second. */
const MAX_SKEW = 5 * 60_000;

export function isUseDue({ usedAt }: Stamps, { idle, now }: Lifetime): boolean {
  return now() - usedAt > idle / NOTES_PER_IDLE_TIME;
}

/** Seconds for which a browser is to keep the cookie. */
export function secondsLeft(stamps: Stamps, lifetime: Lifetime): number {
  return Math.max(0, Math.ceil((expiryOf(stamps, lifetime) - lifetime.now()) / 1000));
}
