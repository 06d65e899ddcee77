import { AuthError } from "../errors/auth-error.ts";
import type { RequestView } from "../http/request-view.ts";
import type { SessionHandle } from "../http/session-handle.ts";

/** The session of a request that cannot do without. */
export function requireSession(request: RequestView): SessionHandle {
  const { session } = request;
  if (session === undefined) throw new AuthError("session_unavailable");
  return session;
}

/** Another id for the session, where it can have one; what must not be kept goes in any case. */
export async function renew(session: SessionHandle, keep: "all" | "nothing"): Promise<void> {
  if (keep === "nothing" || session.capabilities.renewable) await session.regenerate(keep);
}
