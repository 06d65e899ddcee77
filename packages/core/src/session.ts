/** What a session implementation can promise; core asks instead of assuming. */
export interface SessionCapabilities {
  /** Where the session's content lives. A cookie cannot be changed once the response's head has left. */
  readonly storage: "server" | "cookie";
  /** Whether `regenerate` gives the session another id. */
  readonly renewable: boolean;
}

/** The app's session as core sees it, whatever middleware keeps it. Values are JSON. */
export interface SessionHandle {
  readonly capabilities: SessionCapabilities;
  /** The session's id; `undefined` where the implementation has none. */
  readonly id: string | undefined;
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(key: string): void;
  /**
   * Gives the session another id, so that one planted before sign-in yields nothing after it (session fixation).
   * @param keep - `"all"` keeps what the app put there, `"nothing"` starts empty
   */
  regenerate(keep: "all" | "nothing"): Promise<void>;
  /** Makes what was set durable now, before the response. */
  save(): Promise<void>;
}
