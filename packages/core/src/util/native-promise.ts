/**
 * Turns a promise of another library or realm into a global `Promise`, so that `instanceof Promise` recognizes it.
 * Returns a result that is no promise unchanged, without a wait.
 */
export function nativePromise<T>(given: T | PromiseLike<T>): T | Promise<T> {
  return isThenable(given) ? Promise.resolve(given) : given;
}

function isThenable<T>(given: T | PromiseLike<T>): given is PromiseLike<T> {
  const { then } = (given ?? {}) as { then?: unknown };
  return typeof then === "function";
}
