import { CookieHandle, middlewareSession, ServerHandle } from "@scopegate/core/adapter";
import type { SessionHandle, SessionHolder } from "@scopegate/core/adapter";

/** A session of koa-session. It lives in a cookie, or in a store under an external key. */
interface KoaSession {
  readonly externalKey: string | undefined;
  manuallyCommit(): Promise<void>;
  save(): Promise<void>;
}

/**
 * The session on a Koa context, as core sees it: koa-session's, or that of other session middleware.
 * @param headersSent - whether the response headers have been sent
 * @param timeout - milliseconds for one response of the session's store
 * @returns `undefined` if the context has no session
 */
export function koaSession(
  holder: SessionHolder,
  headersSent: () => boolean,
  timeout?: number,
): SessionHandle | undefined {
  const { session } = holder;
  if (!isKoaSession(session)) return middlewareSession(holder, headersSent, timeout);
  return session.externalKey === undefined
    ? new KoaCookieHandle(holder, headersSent)
    : new KoaServerHandle(holder, headersSent, timeout);
}

function isKoaSession(session: unknown): session is KoaSession {
  return typeof (session as Partial<KoaSession> | null | undefined)?.manuallyCommit === "function";
}

class KoaServerHandle extends ServerHandle {
  readonly #headersSent: () => boolean;

  constructor(holder: SessionHolder, headersSent: () => boolean, timeout?: number) {
    super(holder, timeout);
    this.#headersSent = headersSent;
  }

  /** koa-session copies the content to the new ID. Content that must not be kept is removed first, so that it is never stored there. */
  override async regenerate(keep: "all" | "nothing"): Promise<void> {
    if (keep === "nothing") this.holder.session = {};
    await this.call("regenerate");
  }

  protected override async call(method: "regenerate" | "save"): Promise<void> {
    try {
      await super.call(method);
    } catch (error) {
      // koa-session has stored the content, and only fails to repeat the cookie after the headers were sent. Nothing is lost.
      const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
      if (method !== "save" || !this.#headersSent() || cause?.code !== "ERR_HTTP_HEADERS_SENT") throw error;
    }
  }
}

class KoaCookieHandle extends CookieHandle {
  /**
   * koa-session compares the new content with the cookie that the browser sent, and so sends the empty session. With
   * `autoCommit: false` it does so only when the session is saved, and a guard that ends a session has no later step.
   */
  override async regenerate(keep: "all" | "nothing"): Promise<void> {
    if (keep === "all") return;
    this.holder.session = {};
    await this.save();
  }

  /** With `autoCommit: false`, no other code saves the session. */
  override async save(): Promise<void> {
    await super.save();
    if (!this.headersSent()) await (this.holder.session as KoaSession).save();
  }
}
