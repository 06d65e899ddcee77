import { AuthError } from "../errors/auth-error.ts";
import type { RequestView } from "../http/request-view.ts";
import type { HookEvents, Hooks } from "../options/hooks.ts";
import { idOfOwner } from "../store/owner-id.ts";
import type { GrantKey } from "../store/types.ts";
import { callApp } from "./app-calls.ts";

/** The hooks that only report. `authorized` may also refuse, and has a method of its own. */
type ReportingHook = Exclude<keyof HookEvents, "authorized">;

/**
 * Calls the app's hooks. An error of a hook must not undo the work that it reports: it becomes a process warning. So does
 * a hook that does not finish within the timeout; it continues, and Scopegate no longer waits for it.
 */
export class Notifier {
  readonly #hooks: Hooks;
  readonly #timeout: number;

  /** @param timeout - milliseconds to wait for a hook */
  constructor(hooks: Hooks, timeout: number) {
    this.#hooks = hooks;
    this.#timeout = timeout;
  }

  /**
   * Errors of this hook pass: they refuse the sign-in.
   * @throws AuthError `app_timeout`
   */
  async authorized(event: HookEvents["authorized"]): Promise<void> {
    await callApp("on.authorized", this.#timeout, () => this.#hooks.authorized?.(event));
  }

  /** Calls a hook and waits for it. */
  async report<K extends ReportingHook>(name: K, event: HookEvents[K]): Promise<void> {
    const hook = this.#hooks[name];
    try {
      if (hook !== undefined) await callApp(`on.${name}`, this.#timeout, () => hook(event));
    } catch (error) {
      if (error instanceof AuthError && error.code === "app_timeout") {
        const warning = `The hook \`on.${name}\` did not finish within ${this.#timeout} ms. Scopegate continues without it.`;
        return process.emitWarning(warning, { code: "SCOPEGATE_HOOK" });
      }
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.emitWarning(`The hook \`on.${name}\` threw an error: ${reason}`, { code: "SCOPEGATE_HOOK" });
    }
  }

  /** @param key - the key of the grant that the error concerns, if it concerns one */
  failed(error: AuthError, request?: RequestView, key?: GrantKey): Promise<void> {
    return this.report("failed", {
      error,
      ...(request !== undefined && { request: request.raw }),
      ...(key !== undefined && { userId: idOfOwner(key.owner), account: key.account }),
    });
  }
}
