/**
 * Waits for a promise so long, and no longer. What becomes of it afterwards is nobody's: a late rejection is not an
 * unhandled one.
 * @param tooLate - makes the error once the time is over
 */
export function within<T>(promise: Promise<T>, milliseconds: number, tooLate: () => Error): Promise<T> {
  const { promise: answer, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(tooLate()), milliseconds);
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
  return answer;
}
