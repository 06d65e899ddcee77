/** The first pause before another attempt, in milliseconds; each further one is twice as long. */
const BASE = 200;
/** The longest pause that is chosen here. */
const CAP = 2_000;

/**
 * How long to pause after a failed attempt: exponential, with full jitter, so that many waiting processes do not come back at once.
 * @param attempt - the attempt that failed, 1 for the first
 * @param random - a number of 0 up to 1
 * @returns milliseconds, 0 to 2,000
 */
export function retryDelay(attempt: number, random: () => number): number {
  return random() * Math.min(CAP, BASE * 2 ** (attempt - 1));
}

/**
 * Reads `Retry-After`: seconds or an HTTP date (RFC 9110 section 10.2.3).
 * @param now - milliseconds since the epoch
 * @returns seconds, at least 0; `undefined` where the header is absent or makes no sense
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const value = header?.trim() ?? "";
  if (/^\d{1,10}$/.test(value)) return Number(value);
  // All three forms of an HTTP date begin with the day's name.
  if (!/^[A-Za-z]{3}/.test(value)) return undefined;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1_000);
}
