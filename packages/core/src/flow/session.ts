import { AuthError } from "../errors/auth-error.ts";
import type { RequestView } from "../http/request-view.ts";
import type { SessionHandle } from "../http/session-handle.ts";

/** @throws AuthError `session_unavailable` if the request has no session */
export function requireSession({ session }: RequestView): SessionHandle {
  if (session === undefined) throw new AuthError("session_unavailable");
  return session;
}

/** Gives the session a new ID where it can have one. `"nothing"` empties it in any case. */
export async function renew(session: SessionHandle, keep: "all" | "nothing"): Promise<void> {
  if (keep === "nothing" || session.capabilities.renewable) await session.regenerate(keep);
}
