import type { SessionHandle } from "./session-handle.ts";

/**
 * What an adapter shows of a request: the only thing that core knows of a framework.
 *
 * Everything is read lazily; an implementation computes in its accessors and keeps nothing.
 */
export interface RequestView {
  /** Upper case, as in HTTP. */
  readonly method: string;
  /** Path and query as the client sent them, before any router changed them (`originalUrl`). */
  readonly url: string;
  /** The path that this middleware is mounted under, `""` at the root. */
  readonly mountPath: string;
  /**
   * The value of a header by its lower-case name; several lines joined as Node.js joins them. With HTTP/2, `host` is the
   * value of `:authority` (RFC 9113 section 8.3.1).
   */
  header(name: string): string | undefined;
  /** The app's session; `undefined` where there is none on this request. */
  readonly session: SessionHandle | undefined;
  /** The app's own name for its user, by the `userId` option. */
  readonly userId: string | undefined;
  /** The framework's own request, for hooks of the app (`loginHint`, `admit`, `on`). */
  readonly raw: unknown;
  /** The body as text, at most `limit` bytes; tolerates a body that the app has parsed already. */
  body(limit: number): Promise<string>;
  /**
   * Adds a header to the response that is being prepared; a cookie takes the place of its namesake there.
   * @param unless - `"shared"` drops the header again if shared caches may store the response. They would give a cookie in
   *   it to other users (RFC 9111 section 7.3).
   */
  appendHeader(name: string, value: string, unless?: "shared"): void;
  /** Whether the response's head has left. */
  readonly headersSent: boolean;
}
