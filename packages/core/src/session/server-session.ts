import { AuthError } from "../errors/auth-error.ts";
import type { SessionHandle } from "../http/session-handle.ts";
import { HolderHandle } from "./session-holder.ts";
import type { SessionContent } from "./session-holder.ts";

/** A session whose content the server keeps, with the methods of express-session. */
interface ServerSession extends SessionContent {
  regenerate(callback: (error?: unknown) => void): unknown;
  save(callback: (error?: unknown) => void): unknown;
}

/** Whether a session has the methods of express-session, and so keeps its content on the server. */
export function isServerSession(session: unknown): session is ServerSession {
  const { regenerate, save } = (session ?? {}) as Partial<ServerSession>;
  return typeof regenerate === "function" && typeof save === "function";
}

/** The handle of a session that has an ID and keeps its content on the server. */
export class ServerHandle extends HolderHandle implements SessionHandle {
  get capabilities() {
    return { storage: "server", renewable: true } as const;
  }

  async regenerate(keep: "all" | "nothing"): Promise<void> {
    // Only properties with string names: @fastify/session keeps the old ID under a symbol.
    const content = Object.fromEntries(Object.entries(this.content).filter(([name]) => name !== "cookie"));
    await this.call("regenerate");
    if (keep === "all") Object.assign(this.content, content);
  }

  async save(): Promise<void> {
    await this.call("save");
  }

  /** Calls a method of the session and waits for its callback. */
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
