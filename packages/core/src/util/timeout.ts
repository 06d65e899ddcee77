/**
 * Waits for a promise, but no longer than a timeout. The promise itself is not canceled: its late result or error
 * is ignored, so that a late rejection is never an unhandled one.
 * @param timeout - milliseconds
 * @param makeError - makes the error to reject with when the time is over
 */
export function withTimeout<T>(promise: Promise<T>, timeout: number, makeError: () => Error): Promise<T> {
  const { promise: bounded, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(makeError()), timeout);
  promise.then(
    (value) => {
      clearTimeout(timer);
      resolve(value);
    },
    (error: unknown) => {
      clearTimeout(timer);
      reject(error);
    },
  );
  return bounded;
}
