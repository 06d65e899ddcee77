import { AuthError } from "../errors/auth-error.ts";
import type { SessionHandle } from "../http/session-handle.ts";
import { withTimeout } from "../util/timeout.ts";
import { emptyInPlace, HolderHandle } from "./session-holder.ts";
import type { SessionContent, SessionHolder } from "./session-holder.ts";

const DEFAULT_TIMEOUT = 10_000;

/** A session whose content the server keeps, with the methods of express-session. */
interface ServerSession extends SessionContent {
  regenerate(callback: (error?: unknown) => void): unknown;
  save(callback: (error?: unknown) => void): unknown;
}

/**
 * Whether a session keeps its content on the server: it has the methods of express-session, and an ID. The methods alone
 * prove nothing. Apps add empty methods of these names to a session in a cookie, because passport calls them. The ID must
 * not be content, which is enumerable.
 */
export function isServerSession(session: unknown): session is ServerSession {
  const { regenerate, save, id, sessionId } = (session ?? {}) as Partial<ServerSession>;
  if (typeof regenerate !== "function" || typeof save !== "function") return false;
  const isContent = (name: string) => Object.prototype.propertyIsEnumerable.call(session, name);
  return (typeof id === "string" && !isContent("id")) || (typeof sessionId === "string" && !isContent("sessionId"));
}

/** The handle of a session that has an ID and keeps its content on the server. */
export class ServerHandle extends HolderHandle implements SessionHandle {
  readonly #timeout: number;

  /** @param timeout - milliseconds for one response of the session's store */
  constructor(holder: SessionHolder, timeout = DEFAULT_TIMEOUT) {
    super(holder);
    this.#timeout = timeout;
  }

  get capabilities() {
    return { storage: "server", renewable: true } as const;
  }

  async regenerate(keep: "all" | "nothing"): Promise<void> {
    // Only properties with string names: @fastify/session keeps the old ID under a symbol.
    const content = Object.fromEntries(Object.entries(this.content).filter(([name]) => name !== "cookie"));
    await this.call("regenerate");
    if (keep === "all") Object.assign(this.content, content);
    else emptyInPlace(this.content, ["cookie"]);
  }

  async save(): Promise<void> {
    await this.call("save");
  }

  /** Calls a method of the session and waits for its callback, but no longer than the timeout. */
  protected async call(method: "regenerate" | "save"): Promise<void> {
    let failure: unknown;
    try {
      const called = new Promise((resolve) => {
        methodOf(this.content as ServerSession, method).call(this.content, resolve);
      });
      const detail = `the session's store did not respond to \`${method}\` within ${this.#timeout} ms`;
      failure = await withTimeout(called, this.#timeout, () => new AuthError("session_unavailable", { detail }));
    } catch (thrown) {
      failure = thrown;
    }
    if (failure instanceof AuthError) throw failure;
    if (failure) throw new AuthError("session_unavailable", { cause: failure });
  }
}

/**
 * The method to call. For `regenerate` it is the middleware's own one, also where the app put an empty method of this name
 * in front of it. For `save` it is always the session's, because express-session puts one on each session.
 */
function methodOf(session: ServerSession, name: "regenerate" | "save"): ServerSession["save"] {
  const own = name === "regenerate" ? (Object.getPrototypeOf(session) as Partial<ServerSession>).regenerate : undefined;
  return own ?? session[name];
}
