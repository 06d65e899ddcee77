import { CookieHandle, middlewareSession, ServerHandle } from "../../core/src/session/middleware-session.js";
/**
 * The session on a Koa context, as core sees it: koa-session's, whose methods are the same wherever it keeps its
 * content, or that of other middleware.
 * @param headersSent - whether the response's head has left
 * @returns `undefined` where there is no session on this context
 */
export function koaSession(holder, headersSent) {
  const { session } = holder;
  if (!isKoaSession(session)) return middlewareSession(holder, headersSent);
  return session.externalKey === undefined
    ? new KoaCookieHandle(holder, headersSent)
    : new KoaServerHandle(holder, headersSent);
}
function isKoaSession(session) {
  return typeof session?.manuallyCommit === "function";
}
class KoaServerHandle extends ServerHandle {
  #headersSent;
  constructor(holder, headersSent) {
    super(holder);
    this.#headersSent = headersSent;
  }
  /** koa-session moves the content to the new id: what must not be kept is dropped before, and never stored there. */
  async regenerate(keep) {
    if (keep === "nothing") this.holder.session = {};
    await this.call("regenerate");
  }
  async call(method) {
    try {
      await super.call(method);
    } catch (error) {
      // koa-session stores first, and then repeats the cookie, for which it is too late during a response; no loss.
      const { code } = error.cause;
      if (method !== "save" || !this.#headersSent() || code !== "ERR_HTTP_HEADERS_SENT") throw error;
    }
  }
}
class KoaCookieHandle extends CookieHandle {
  /** With `autoCommit: false` nobody else would. */
  async save() {
    await super.save();
    if (!this.headersSent()) await this.holder.session.save();
  }
}
//# sourceMappingURL=session.js.map
