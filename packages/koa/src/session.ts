import { CookieHandle, middlewareSession, ServerHandle } from "@scopegate/core/adapter";
import type { SessionHandle, SessionHolder } from "@scopegate/core/adapter";

/** A session of koa-session: kept in a cookie, or, under an external key, in a store. */
interface KoaSession {
  readonly externalKey: string | undefined;
  manuallyCommit(): Promise<void>;
  save(): Promise<void>;
}

/**
 * The session on a Koa context, as core sees it: koa-session's, whose methods are the same wherever it keeps its
 * content, or that of other middleware.
 * @param headersSent - whether the response's head has left
 * @returns `undefined` where there is no session on this context
 */
export function koaSession(holder: SessionHolder, headersSent: () => boolean): SessionHandle | undefined {
  const { session } = holder;
  if (!isKoaSession(session)) return middlewareSession(holder, headersSent);
  return session.externalKey === undefined
    ? new KoaCookieHandle(holder, headersSent)
    : new KoaServerHandle(holder, headersSent);
}

function isKoaSession(session: unknown): session is KoaSession {
  return typeof (session as Partial<KoaSession> | null | undefined)?.manuallyCommit === "function";
}

class KoaServerHandle extends ServerHandle {
  readonly #headersSent: () => boolean;

  constructor(holder: SessionHolder, headersSent: () => boolean) {
    super(holder);
    this.#headersSent = headersSent;
  }

  /** koa-session moves the content to the new id: what must not be kept is dropped before, and never stored there. */
  override async regenerate(keep: "all" | "nothing"): Promise<void> {
    if (keep === "nothing") this.holder.session = {};
    await this.call("regenerate");
  }

  protected override async call(method: "regenerate" | "save"): Promise<void> {
    try {
      await super.call(method);
    } catch (error) {
      // koa-session stores first, and then repeats the cookie, for which it is too late during a response; no loss.
      const { code } = (error as Error).cause as NodeJS.ErrnoException;
      if (method !== "save" || !this.#headersSent() || code !== "ERR_HTTP_HEADERS_SENT") throw error;
    }
  }
}

class KoaCookieHandle extends CookieHandle {
  /** With `autoCommit: false` nobody else would. */
  override async save(): Promise<void> {
    await super.save();
    if (!this.headersSent()) await (this.holder.session as KoaSession).save();
  }
}
