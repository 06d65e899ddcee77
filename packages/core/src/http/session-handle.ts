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
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(key: string): void;
  /**
   * Gives the session another id where it has one, so that one planted before sign-in yields nothing after it
   * (session fixation).
   * @param keep - `"all"` keeps what the app put there, `"nothing"` starts empty
   */
  regenerate(keep: "all" | "nothing"): Promise<void>;
  /** Makes what was set durable now, before the response. A cookie session has nothing to do until the head leaves. */
  save(): Promise<void>;
}

/** For a cookie session whose content changed after the response's head had left: the change is lost, and said so. */
export function warnUnsaved(): void {
  process.emitWarning(
    "Scopegate refreshed a token after the response's head had left, and a cookie session cannot be changed then; " +
      "the token is used but not kept. Ask for it before you begin the response, or use a session or token store on the server.",
    { code: "SCOPEGATE_UNSAVED" },
  );
}
