import { nativePromise } from "./native-promise.ts";
import { withTimeout } from "./timeout.ts";

/** After a timeout, calls wait only this part of `timeout` until the store responds again. */
const UNRESPONSIVE_PART = 1 / 10;

/** Bounds one response of a store by its timeout, or by `times` as much. */
export type Bound = <T>(response: T | Promise<T>, times?: number) => T | Promise<T>;

/**
 * Makes the function that bounds the responses of one store. After one timeout, later responses have only a tenth of it,
 * until the store responds again. A result that is no promise is returned at once.
 * @param timeoutOf - gives the milliseconds for one response
 * @param makeError - makes the error of a response that took longer than `limit` milliseconds
 */
export function createBound(timeoutOf: () => number, makeError: (limit: number) => Error): Bound {
  let isUnresponsive = false;
  return (given, times = 1) => {
    const response = nativePromise(given);
    if (!(response instanceof Promise)) return response;
    const timeout = timeoutOf();
    const short = Math.ceil(timeout * UNRESPONSIVE_PART);
    const began = performance.now();
    response.then(
      () => {
        isUnresponsive = false;
      },
      () => {
        // A late failure is a client's own timeout, and so no response of the server.
        isUnresponsive = performance.now() - began > short;
      },
    );
    const limit = times * (isUnresponsive ? short : timeout);
    return withTimeout(response, limit, () => {
      isUnresponsive = true;
      return makeError(limit);
    });
  };
}
