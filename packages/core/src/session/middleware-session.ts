import { AuthError } from "../errors/auth-error.ts";
import { warnUnsaved } from "../http/session-handle.ts";
import type { SessionHandle } from "../http/session-handle.ts";

type Content = Record<string, unknown>;

/** Where session middleware keeps its session: a property `session` of the framework's request or context. */
export interface SessionHolder {
  session?: unknown;
}

/** A session that is kept on the server, as express-session and its kin make it. */
interface ServerSession extends Content {
  regenerate(callback: (error?: unknown) => void): unknown;
  save(callback: (error?: unknown) => void): unknown;
}

/**
 * The session that some middleware put on a request, as core sees it: express-session's, or one that lives in a cookie
 * (cookie-session) and so has neither an id nor a way to save. Asks for nothing until it is used.
 * @param headersSent - whether the response's head has left
 * @returns `undefined` where there is no session on this request
 */
export function middlewareSession(holder: SessionHolder, headersSent: () => boolean): SessionHandle | undefined {
  const { session } = holder;
  if (typeof session !== "object" || session === null) return undefined;
  return isServerSession(session) ? new ServerHandle(holder) : new CookieHandle(holder, headersSent);
}

/** Whether a session has the methods of one that is kept on the server. */
export function isServerSession(session: unknown): session is ServerSession {
  const { regenerate, save } = (session ?? {}) as Partial<ServerSession>;
  return typeof regenerate === "function" && typeof save === "function";
}

/** What browsers keep of a cookie (RFC 6265 section 6.1), less its name and attributes. */
const MAX_COOKIE = 4000;

/** Reads the holder anew at each use: renewal puts another object there. */
abstract class HandleBase {
  protected readonly holder: SessionHolder;

  constructor(holder: SessionHolder) {
    this.holder = holder;
  }

  get(key: string): unknown {
    return this.content[key];
  }

  set(key: string, value: unknown): void {
    this.content[key] = value;
  }

  delete(key: string): void {
    delete this.content[key];
  }

  protected get content(): Content {
    return (this.holder.session ??= {}) as Content;
  }
}

/** A session that has an id, and whose content is kept on the server. */
export class ServerHandle extends HandleBase implements SessionHandle {
  get capabilities() {
    return { storage: "server", renewable: true } as const;
  }

  async regenerate(keep: "all" | "nothing"): Promise<void> {
    // By their names, not by symbols: under those @fastify/session keeps the old id itself.
    const content = Object.fromEntries(Object.entries(this.content).filter(([name]) => name !== "cookie"));
    await this.call("regenerate");
    if (keep === "all") Object.assign(this.content, content);
  }

  async save(): Promise<void> {
    await this.call("save");
  }

  protected async call(method: "regenerate" | "save"): Promise<void> {
    let failure: unknown;
    try {
      failure = await new Promise((resolve) => {
        (this.content as ServerSession)[method](resolve);
      });
    } catch (thrown) {
      failure = thrown;
    }
    if (failure) throw new AuthError("session_unavailable", { cause: failure });
  }
}

/** A session that is its own cookie. */
export class CookieHandle extends HandleBase implements SessionHandle {
  protected readonly headersSent: () => boolean;

  constructor(holder: SessionHolder, headersSent: () => boolean) {
    super(holder);
    this.headersSent = headersSent;
  }

  get capabilities() {
    return { storage: "cookie", renewable: false } as const;
  }

  async regenerate(keep: "all" | "nothing"): Promise<void> {
    if (keep === "nothing") this.holder.session = {};
  }

  async save(): Promise<void> {
    if (this.size > MAX_COOKIE) {
      throw new AuthError("session_unavailable", {
        detail: `the session cookie would have ${this.size} bytes, and browsers drop what is over 4096: keep sessions, or grants, on the server`,
      });
    }
    if (this.headersSent()) warnUnsaved();
  }

  /** Characters of the cookie's value. */
  protected get size(): number {
    return Math.ceil(Buffer.byteLength(JSON.stringify(this.content)) / 3) * 4;
  }
}
