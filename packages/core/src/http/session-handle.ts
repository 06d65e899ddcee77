/** The abilities of a session implementation. Core reads them and assumes no particular kind of session. */
export interface SessionCapabilities {
  /** Where the session's content lives. Content in a cookie cannot change once the response headers are sent. */
  readonly storage: "server" | "cookie";
  /** Whether `regenerate` gives the session a new ID. */
  readonly renewable: boolean;
}

/**
 * A request's session as core sees it, for any session middleware. Adapters implement it for the sessions of their
 * framework. Values are plain JSON.
 */
export interface SessionHandle {
  readonly capabilities: SessionCapabilities;
  /** @returns the value, or `undefined` where the key is not set */
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(key: string): void;
  /**
   * Begins to note which keys are written: by this handle, or by the app in the way of its session middleware.
   * @returns a function that ends it, and returns the written keys with their present values
   */
  watch(): () => ReadonlyMap<string, unknown>;
  /**
   * Gives the session a new ID, where it has one, so that an ID that an attacker planted before the sign-in is useless
   * after it (session fixation).
   * @param keep - `"all"` keeps the session's content; `"nothing"` starts with an empty session
   * @throws AuthError `session_unavailable` where the session's store fails
   */
  regenerate(keep: "all" | "nothing"): Promise<void>;
  /**
   * Stores the changes now, before the response is sent. A session in a cookie is sent with the response headers; its
   * `save` only checks that it fits, and warns where the headers are gone.
   * @throws AuthError `session_unavailable` where the session's store fails, or the cookie would be too large
   */
  save(): Promise<void>;
}
