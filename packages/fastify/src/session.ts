import { CookieHandle, isServerSession, ServerHandle } from "@scopegate/core/adapter";
import type { SessionHandle, SessionHolder } from "@scopegate/core/adapter";

/** A session of @fastify/secure-session. It lives in an encrypted cookie, and only its methods reach it. */
interface SecureSession {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  data(): Record<string, unknown>;
  regenerate(): void;
}

/**
 * The session on a Fastify request, as core sees it: @fastify/secure-session's, or @fastify/session's, which has the
 * methods of express-session.
 * @param headersSent - whether the response headers have been sent
 * @param timeout - milliseconds for one response of the session's store
 * @returns `undefined` if the request has no session
 */
export function fastifySession(
  holder: SessionHolder,
  headersSent: () => boolean,
  timeout?: number,
): SessionHandle | undefined {
  const { session } = holder;
  if (isSecureSession(session)) return new SecureSessionHandle(holder, headersSent);
  // If the path of its cookie does not match, or its store fails, @fastify/session leaves an empty object that is never
  // saved. A sign-in in it would be lost without an error.
  return isServerSession(session) ? new ServerHandle(holder, timeout) : undefined;
}

function isSecureSession(session: unknown): session is SecureSession {
  const { data, touch } = (session ?? {}) as { data?: unknown; touch?: unknown };
  return typeof data === "function" && typeof touch === "function";
}

/** The authenticator and the time that the plugin adds to the content. */
const ADDED_BYTES = 16 + `,"__ts":1234567890`.length;
/** Separator and nonce; and what percent-encoding adds to text in base64, where 2 characters of 64 become 3 each. */
const ADDED_CHARACTERS = 40;
const PERCENT_ENCODED = 1 + (2 * 2) / 64;

class SecureSessionHandle extends CookieHandle {
  override get(key: string): unknown {
    return this.#session.get(key);
  }

  override set(key: string, value: unknown): void {
    this.#session.set(key, value);
  }

  /** The plugin has no method for it; JSON leaves out what is undefined. */
  override delete(key: string): void {
    this.#session.set(key, undefined);
  }

  /** The plugin's session is a proxy: an assignment to one of its properties calls `set` as well. */
  override watch(): () => ReadonlyMap<string, unknown> {
    const session = this.#session;
    const before = new Map(Object.entries(session.data()).map(([key, value]) => [key, JSON.stringify(value)]));
    const set = session.set.bind(session);
    const written = new Set<string>();
    const noted: SecureSession["set"] = (key, value) => {
      written.add(key);
      set(key, value);
    };
    Object.defineProperty(session, "set", { value: noted, configurable: true });
    return () => {
      Reflect.deleteProperty(session, "set");
      const isWritten = ([key, value]: [string, unknown]) =>
        value !== undefined && (written.has(key) || JSON.stringify(value) !== before.get(key));
      return new Map(Object.entries(this.#session.data()).filter(isWritten));
    };
  }

  override async regenerate(keep: "all" | "nothing"): Promise<void> {
    if (keep === "nothing") this.#session.regenerate();
  }

  protected override get size(): number {
    const bytes = Buffer.byteLength(JSON.stringify(this.#session.data())) + ADDED_BYTES;
    return Math.ceil(Math.ceil(bytes / 3) * 4 * PERCENT_ENCODED) + ADDED_CHARACTERS;
  }

  get #session(): SecureSession {
    return this.holder.session as SecureSession;
  }
}
