import { CookieHandle, isServerSession, ServerHandle } from "../../core/src/session/middleware-session.js";
/**
 * The session on a Fastify request, as core sees it: @fastify/secure-session's, or @fastify/session's, whose methods
 * are express-session's.
 * @param headersSent - whether the response's head has left
 * @returns `undefined` where there is no session on this request
 */
export function fastifySession(holder, headersSent) {
  const { session } = holder;
  if (isSecureSession(session)) return new SecureSessionHandle(holder, headersSent);
  // Where its cookie's path does not reach, or its store fails, @fastify/session leaves an empty object, which nobody
  // keeps: a sign-in put there would be gone at the next request, and no failure would say so.
  return isServerSession(session) ? new ServerHandle(holder) : undefined;
}
function isSecureSession(session) {
  const { data, touch } = session ?? {};
  return typeof data === "function" && typeof touch === "function";
}
/** The authenticator and the time that the plugin adds to the content. */
const ADDED_BYTES = 16 + `,"__ts":1234567890`.length;
/** Separator and nonce; and what percent-encoding adds to text in base64, where 2 characters of 64 become 3 each. */
const ADDED_CHARACTERS = 40;
const PERCENT_ENCODED = 1 + (2 * 2) / 64;
class SecureSessionHandle extends CookieHandle {
  get(key) {
    return this.#session.get(key);
  }
  set(key, value) {
    this.#session.set(key, value);
  }
  /** The plugin has no method for it; JSON leaves out what is undefined. */
  delete(key) {
    this.#session.set(key, undefined);
  }
  async regenerate(keep) {
    if (keep === "nothing") this.#session.regenerate();
  }
  get size() {
    const bytes = Buffer.byteLength(JSON.stringify(this.#session.data())) + ADDED_BYTES;
    return Math.ceil(Math.ceil(bytes / 3) * 4 * PERCENT_ENCODED) + ADDED_CHARACTERS;
  }
  get #session() {
    return this.holder.session;
  }
}
//# sourceMappingURL=session.js.map
