/** The longest first pause, in milliseconds. Each further pause can be twice as long. */
const BASE = 200;
/** The longest pause, in milliseconds. */
const CAP = 2_000;

/**
 * Computes the pause after a failed attempt: exponential backoff with full jitter, so that many processes do not retry at
 * the same time.
 * @param attempt - the number of the attempt that failed, from 1
 * @param random - returns a number from 0 up to 1
 * @returns milliseconds, 0 to 2,000
 */
export function retryDelay(attempt: number, random: () => number): number {
  return random() * Math.min(CAP, BASE * 2 ** (attempt - 1));
}

/**
 * Reads `Retry-After`: seconds or an HTTP date (RFC 9110 section 10.2.3).
 * @param now - milliseconds since the epoch
 * @returns seconds, at least 0; `undefined` if the header is absent or not valid
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const value = header?.trim() ?? "";
  if (/^\d{1,10}$/.test(value)) return Number(value);
  // All three forms of an HTTP date start with the name of the day.
  if (!/^[A-Za-z]{3}/.test(value)) return undefined;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1_000);
}
