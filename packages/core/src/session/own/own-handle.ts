import type { SessionHandle } from "../../http/session-handle.ts";

/** One request's own session. */
export interface OwnHandle extends SessionHandle {
  /**
   * Renews the session's time of use where that is due: in the cookie, and in the store. It is called when something uses
   * the session, and not when the session is only loaded, so that a response for all users carries no user's cookie.
   */
  use(): void;
}
