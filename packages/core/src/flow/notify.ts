import type { AuthError } from "../errors/auth-error.ts";
import type { VerifiedUser } from "../google/user.ts";
import type { RequestView } from "../http/request-view.ts";
import type { HookEvent, Hooks } from "../options/options.ts";
import type { GrantKey } from "../store/types.ts";
import { nameOfOwner } from "./owner.ts";

/** Tells the app's hooks. A hook that throws must not undo what has happened: it becomes a process warning. */
export class Notifier {
  readonly #hooks: Hooks;

  constructor(hooks: Hooks) {
    this.#hooks = hooks;
  }

  /** The one hook that may refuse: its error passes. */
  async authorized(event: HookEvent): Promise<void> {
    await this.#hooks.authorized?.(event);
  }

  refreshed(event: HookEvent): Promise<void> {
    return tell("refreshed", this.#hooks.refreshed, event);
  }

  denied(event: { user?: VerifiedUser; scopes: readonly string[]; linked?: true; request: unknown }): Promise<void> {
    return tell("denied", this.#hooks.denied, event);
  }

  revoked(event: HookEvent): Promise<void> {
    return tell("revoked", this.#hooks.revoked, event);
  }

  signedOut(event: HookEvent): Promise<void> {
    return tell("signedOut", this.#hooks.signedOut, event);
  }

  /** @param key - of the grant that it was about, where it was about one */
  failed(error: AuthError, request?: RequestView, key?: GrantKey): Promise<void> {
    return tell("failed", this.#hooks.failed, {
      error,
      ...(request !== undefined && { request: request.raw }),
      ...(key !== undefined && { owner: nameOfOwner(key.owner), account: key.account }),
    });
  }
}

async function tell<E>(name: string, hook: ((event: E) => void | Promise<void>) | undefined, event: E): Promise<void> {
  if (hook === undefined) return;
  try {
    await hook(event);
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.emitWarning(`the hook \`on.${name}\` of Scopegate threw: ${reason}`, { code: "SCOPEGATE_HOOK" });
  }
}
