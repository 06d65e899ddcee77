import type { SessionHandle } from "../http/session-handle.ts";
import { CookieHandle } from "./cookie-session.ts";
import { isServerSession, ServerHandle } from "./server-session.ts";
import type { SessionHolder } from "./session-holder.ts";

/**
 * The handle of the session that the app's session middleware put on a request. It recognizes sessions with an ID
 * and the methods of express-session, and takes any other object for a session in a cookie, such as cookie-session's. It
 * does not read the session's content.
 * @param headersSent - whether the response headers were sent
 * @param timeout - milliseconds for one response of the session's store. Default 10,000
 * @returns `undefined` where the request has no session
 */
export function middlewareSession(
  holder: SessionHolder,
  headersSent: () => boolean,
  timeout?: number,
): SessionHandle | undefined {
  const { session } = holder;
  if (typeof session !== "object" || session === null) return undefined;
  return isServerSession(session) ? new ServerHandle(holder, timeout) : new CookieHandle(holder, headersSent);
}
