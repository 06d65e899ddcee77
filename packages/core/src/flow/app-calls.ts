import { AuthError } from "../errors/auth-error.ts";
import { withTimeout } from "../util/timeout.ts";

/**
 * Calls a function of the app and waits for it, but no longer than the option `timeout`. A function that waits for a
 * database whose server is gone would otherwise keep the user's browser waiting, and the attempt with it.
 * @param name - the option, as the app writes it
 * @throws AuthError `app_timeout`; the function's own error
 */
export async function callApp<T>(name: string, timeout: number, call: () => T | Promise<T>): Promise<T> {
  const detail = `\`${name}\` did not finish within ${timeout} ms`;
  return withTimeout(Promise.resolve(call()), timeout, () => new AuthError("app_timeout", { detail }));
}
