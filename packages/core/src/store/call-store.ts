import { AuthError } from "../errors/auth-error.ts";
import { nativePromise } from "../util/native-promise.ts";

/** A call of a token store, its failure told as `store_unavailable`. Synchronous where the store is. */
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
