import { watchWrites } from "./watch-writes.ts";

/** The object that session middleware puts its session on: the framework's request or context. */
export interface SessionHolder {
  session?: unknown;
}

/** The content of a session by its keys. */
export type SessionContent = Record<string, unknown>;

/**
 * The part of a session handle that reads and writes the content. It reads the holder's property each time, since the
 * middleware puts another object there when the session is regenerated.
 */
export abstract class HolderHandle {
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

  watch(): () => ReadonlyMap<string, unknown> {
    return watchWrites(() => this.content);
  }

  protected get content(): SessionContent {
    return (this.holder.session ??= {}) as SessionContent;
  }
}

/**
 * Deletes the values of a session in place. Session middleware knows then that the session of this browser has changed.
 * It would take a new object for the session of a new visitor, and might send nothing. Functions stay, since they are
 * methods that the app or a library added, and no session keeps them.
 * @param keep - keys of the middleware's own
 */
export function emptyInPlace(content: SessionContent, keep: readonly string[] = []): void {
  for (const [key, value] of Object.entries(content)) {
    if (typeof value !== "function" && !keep.includes(key)) delete content[key];
  }
}
