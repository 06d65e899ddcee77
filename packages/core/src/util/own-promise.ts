/**
 * What a call gave, at once or later: a promise of another library or realm as one of ours, so that `instanceof` tells
 * promises from results. What is there at once stays so.
 */
export function ownPromise<T>(given: T | PromiseLike<T>): T | Promise<T> {
  return isThenable(given) ? Promise.resolve(given) : given;
}

function isThenable<T>(given: T | PromiseLike<T>): given is PromiseLike<T> {
  const { then } = (given ?? {}) as { then?: unknown };
  return typeof then === "function";
}
