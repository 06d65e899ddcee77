import { hash } from "node:crypto";
import { AuthError } from "../../errors/auth-error.ts";
import type { RequestView } from "../../http/request-view.ts";
import { randomToken } from "../../seal/random.ts";
import { createTokenMaker } from "../../seal/token-maker.ts";
import type { TokenMaker } from "../../seal/token-maker.ts";
import { KeyedLock } from "../../util/keyed-lock.ts";
import { warnUnsaved } from "../unsaved-warning.ts";
import type { SessionCookie } from "./cookie.ts";
import { expiryOf, isOver, isUseDue, secondsLeft } from "./lifetime.ts";
import type { Lifetime } from "./lifetime.ts";
import type { OwnHandle } from "./own-handle.ts";
import { readRecord } from "./record-store.ts";
import type { SessionRecord, SessionRecordStore } from "./record-store.ts";

const CAPABILITIES = { storage: "server", renewable: true } as const;
const EMPTY: SessionRecord["content"] = Object.freeze({});

/** Sessions in a store. The cookie holds a random session ID, which is signed, so that guessed IDs never reach the store. */
export class StoredSessions {
  readonly lifetime: Lifetime;
  readonly store: SessionRecordStore;
  /** One request at a time reads a record, changes it and writes it back. */
  readonly writing = new KeyedLock();
  readonly #signatures: TokenMaker;

  /**
   * @param masters - the newest key first; the first one signs, each of them verifies
   * @param name - the cookie's name; session IDs under another name do not verify
   */
  constructor(masters: readonly Uint8Array[], name: string, lifetime: Lifetime, store: SessionRecordStore) {
    this.lifetime = lifetime;
    this.store = store;
    this.#signatures = createTokenMaker(masters, `own session id ${name}`);
  }

  /**
   * The session of a request, which is empty where the request has no valid cookie or the session has ended.
   * @returns a promise only where the request has a valid cookie and the store returns a promise; it rejects where the
   *   store does
   */
  open(request: RequestView, cookie: SessionCookie): OwnHandle | Promise<OwnHandle> {
    const id = this.#idOf(cookie.read(request));
    if (id === undefined) return new StoredHandle(this, request, cookie);
    const found = readRecord(this.store, keyOf(id));
    const handle = (record: SessionRecord | undefined) =>
      record === undefined || isOver(record, this.lifetime)
        ? new StoredHandle(this, request, cookie)
        : new StoredHandle(this, request, cookie, { id, record });
    return found instanceof Promise ? found.then(handle) : handle(found);
  }

  /** The cookie's value for a session ID. */
  sign(id: string): string {
    return `${id}.${this.#signatures.make(id)}`;
  }

  #idOf(value: string | undefined): string | undefined {
    if (value === undefined) return undefined;
    const dot = value.indexOf(".");
    const id = value.slice(0, dot);
    return dot !== -1 && this.#signatures.verify(value.slice(dot + 1), id) ? id : undefined;
  }
}

/** The key of a session's record. A hash, so that a reader of the store learns no session ID. */
function keyOf(id: string): string {
  return hash("sha256", id, "base64url");
}

/**
 * One request's session. Changes are applied key by key to the record as it is in the store then, so that concurrent
 * requests do not undo each other's changes. A record that is gone is not written again, so that no request brings back a
 * session that has ended.
 */
class StoredHandle implements OwnHandle {
  readonly #sessions: StoredSessions;
  readonly #request: RequestView;
  readonly #cookie: SessionCookie;
  #id: string | undefined;
  #createdAt: number;
  #content: SessionRecord["content"];
  /** Whether the time of use is so old that the next use of the session renews it. */
  #isUseDue: boolean;
  /** Whether the session was regenerated: a user signed in or out on this request. */
  #isRenewed = false;
  /** Whether the store has a record of this session ID. */
  #isStored: boolean;
  /** The changes that are not in the store yet; `undefined` stands for a deleted key. */
  #changes = new Map<string, unknown>();
  /** The keys that were written since {@link watch}. */
  #watched: Set<string> | undefined;
  /** Whether the record must be written, for changes or only for the time of its use. */
  #isPending = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    sessions: StoredSessions,
    request: RequestView,
    cookie: SessionCookie,
    found?: { readonly id: string; readonly record: SessionRecord },
  ) {
    this.#sessions = sessions;
    this.#request = request;
    this.#cookie = cookie;
    this.#id = found?.id;
    this.#createdAt = found?.record.createdAt ?? sessions.lifetime.now();
    this.#content = found?.record.content ?? EMPTY;
    this.#isStored = found !== undefined;
    this.#isUseDue = found !== undefined && isUseDue(found.record, sessions.lifetime);
  }

  use(): void {
    if (!this.#isUseDue) return;
    this.#isUseDue = false;
    this.#writeSoon();
    this.#sendId("shared");
  }

  get capabilities() {
    return CAPABILITIES;
  }

  get(key: string): unknown {
    return this.#content[key];
  }

  set(key: string, value: unknown): void {
    this.#watched?.add(key);
    if (JSON.stringify(value) !== JSON.stringify(this.#content[key])) this.#change(key, value);
  }

  delete(key: string): void {
    if (Object.hasOwn(this.#content, key)) this.#change(key, undefined);
  }

  watch(): () => ReadonlyMap<string, unknown> {
    const keys = (this.#watched = new Set<string>());
    return () => {
      this.#watched = undefined;
      return new Map([...keys].filter((key) => this.get(key) !== undefined).map((key) => [key, this.get(key)]));
    };
  }

  async regenerate(keep: "all" | "nothing"): Promise<void> {
    this.#isRenewed = true;
    // The browser would not get the new ID, and the content would be lost.
    if (this.#id === undefined || (keep === "all" && this.#request.headersSent)) return;
    await this.#written();
    const { store } = this.#sessions;
    await guarded(() => store.delete(keyOf(this.#id!)));
    this.#id = undefined;
    this.#isStored = false;
    // Content that is kept keeps its age too. Otherwise the absolute lifetime would never end.
    if (keep === "nothing") this.#createdAt = this.#sessions.lifetime.now();
    const content = keep === "all" ? this.#content : EMPTY;
    this.#content = EMPTY;
    this.#changes.clear();
    for (const [key, value] of Object.entries(content)) this.#change(key, value);
    if (content === EMPTY && !this.#request.headersSent) this.#cookie.clear(this.#request);
  }

  async save(): Promise<void> {
    if (this.#id === undefined && this.#changes.size > 0) return warnUnsaved();
    await this.#write();
  }

  #change(key: string, value: unknown): void {
    const { [key]: _, ...rest } = this.#content;
    this.#content = value === undefined ? rest : { ...rest, [key]: value };
    this.#changes.set(key, value);
    if (this.#id === undefined) {
      if (this.#request.headersSent) return;
      this.#id = randomToken();
      // After a sign-in or sign-out the old ID has ended, so the browser gets the new one in any case.
      this.#sendId(this.#isRenewed ? undefined : "shared");
    }
    this.#writeSoon();
  }

  /** @param unless - `"shared"` drops the cookie again if shared caches may store the response */
  #sendId(unless?: "shared"): void {
    if (this.#request.headersSent) return;
    const { lifetime } = this.#sessions;
    const stamps = { createdAt: this.#createdAt, usedAt: lifetime.now() };
    this.#cookie.write(this.#request, this.#sessions.sign(this.#id!), secondsLeft(stamps, lifetime), unless);
  }

  /** Writes changes that no caller saves, such as a time of use. Where it fails, the next request makes the change again. */
  #writeSoon(): void {
    this.#isPending = true;
    queueMicrotask(() => void this.#write().catch(() => undefined));
  }

  /** Waits until no write is in progress, including writes that begin meanwhile. It never rejects. */
  async #written(): Promise<void> {
    for (let last: unknown; last !== this.#writing;) await (last = this.#writing);
  }

  #write(): Promise<void> {
    const written = this.#writing.then(() => guarded(() => this.#writeChanges()));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #writeChanges(): Promise<void> {
    if (this.#id === undefined || !this.#isPending) return;
    const key = keyOf(this.#id);
    await this.#sessions.writing.run(key, () => this.#merge(key));
  }

  async #merge(key: string): Promise<void> {
    this.#isPending = false;
    const { store, lifetime } = this.#sessions;
    const present = this.#isStored ? readRecord(store, key) : undefined;
    // No `await` where the store responds at once: then no other request comes between reading and writing.
    const record = present instanceof Promise ? await present : present;
    if (this.#isStored && record === undefined) return;
    const changes = this.#changes;
    this.#changes = new Map();
    const entries = new Map([...Object.entries(record?.content ?? {}), ...changes]);
    const content = Object.fromEntries([...entries].filter(([, value]) => value !== undefined));
    const mode = this.#isStored ? "update" : "create";
    const stamps = { createdAt: this.#createdAt, usedAt: lifetime.now() };
    try {
      await store.set(key, { ...stamps, content }, { expiresAt: expiryOf(stamps, lifetime), mode });
      this.#isStored = true;
    } catch (error) {
      this.#isPending = true;
      this.#changes = new Map([...changes, ...this.#changes]);
      throw error;
    }
  }
}

/** Turns any failure of the store into `session_unavailable`. */
async function guarded(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (cause instanceof AuthError) throw cause;
    throw new AuthError("session_unavailable", { cause });
  }
}
