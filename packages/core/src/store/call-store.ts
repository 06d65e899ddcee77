import { AuthError } from "../errors/auth-error.ts";
import { nativePromise } from "../util/native-promise.ts";

/**
 * Calls a method of a token store, and turns its failure into `store_unavailable`. It returns a promise only where the
 * store does, so that a guard with a session token store waits for nothing.
 */
export function callStore<T>(call: () => T | Promise<T>): T | Promise<T> {
  try {
    const result = nativePromise(call());
    return result instanceof Promise ? result.catch(unavailable) : result;
  } catch (error) {
    return unavailable(error);
  }
}

function unavailable(cause: unknown): never {
  if (cause instanceof AuthError) throw cause;
  throw new AuthError("store_unavailable", { cause });
}
