import { hash } from "node:crypto";
import { AuthError } from "../../errors/auth-error.ts";
import type { RequestView } from "../../http/request-view.ts";
import { warnUnsaved } from "../../http/session-handle.ts";
import type { SessionHandle } from "../../http/session-handle.ts";
import { randomToken } from "../../seal/random.ts";
import { createTokenMaker } from "../../seal/token-maker.ts";
import type { TokenMaker } from "../../seal/token-maker.ts";
import { KeyedLock } from "../../util/keyed-lock.ts";
import type { SessionCookie } from "./cookie.ts";
import { expiryOf, isOver, isUseDue, secondsLeft } from "./lifetime.ts";
import type { Lifetime } from "./lifetime.ts";
import { readRecord } from "./record-store.ts";
import type { SessionRecord, SessionRecordStore } from "./record-store.ts";

const CAPABILITIES = { storage: "server", renewable: true } as const;
const EMPTY: SessionRecord["content"] = Object.freeze({});

/** Sessions that live in a store; the cookie holds a random id, signed so that guesses never reach the store. */
export class StoredSessions {
  readonly lifetime: Lifetime;
  readonly store: SessionRecordStore;
  /** A record is read and written anew by one request at a time. */
  readonly writing = new KeyedLock();
  readonly #signatures: TokenMaker;

  /** @param name - the cookie's: ids of sessions of another name are not taken */
  constructor(masters: readonly Uint8Array[], name: string, lifetime: Lifetime, store: SessionRecordStore) {
    this.lifetime = lifetime;
    this.store = store;
    this.#signatures = createTokenMaker(masters, `own session id ${name}`);
  }

  /** @returns a promise, which may reject, where the request has a cookie of ours and the store takes its time */
  open(request: RequestView, cookie: SessionCookie): SessionHandle | Promise<SessionHandle> {
    const id = this.#idOf(cookie.read(request));
    if (id === undefined) return new StoredHandle(this, request, cookie);
    const found = readRecord(this.store, keyOf(id));
    const handle = (record: SessionRecord | undefined) =>
      record === undefined || isOver(record, this.lifetime)
        ? new StoredHandle(this, request, cookie)
        : new StoredHandle(this, request, cookie, { id, record });
    return found instanceof Promise ? found.then(handle) : handle(found);
  }

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

function keyOf(id: string): string {
  return hash("sha256", id, "base64url");
}

/**
 * One request's session. What changes is written key by key onto the record as it is then, so that requests at the
 * same time do not undo each other; and never onto a record that is gone, so that none brings an ended session back.
 */
class StoredHandle implements SessionHandle {
  readonly #sessions: StoredSessions;
  readonly #request: RequestView;
  readonly #cookie: SessionCookie;
  #id: string | undefined;
  #createdAt: number;
  #content: SessionRecord["content"];
  /** Whether the store has a record for the id. */
  #isStored: boolean;
  /** What is not written yet; `undefined` for what was deleted. */
  #changes = new Map<string, unknown>();
  /** Whether there is something to write, if only that the session is in use. */
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
    if (found !== undefined && isUseDue(found.record, sessions.lifetime)) {
      this.#sendId();
      this.#writeSoon();
    }
  }

  get capabilities() {
    return CAPABILITIES;
  }

  get(key: string): unknown {
    return this.#content[key];
  }

  set(key: string, value: unknown): void {
    if (JSON.stringify(value) !== JSON.stringify(this.#content[key])) this.#change(key, value);
  }

  delete(key: string): void {
    if (Object.hasOwn(this.#content, key)) this.#change(key, undefined);
  }

  async regenerate(keep: "all" | "nothing"): Promise<void> {
    // An id that cannot be told to the browser would lose what is to be kept.
    if (this.#id === undefined || (keep === "all" && this.#request.headersSent)) return;
    await this.#written();
    const { store } = this.#sessions;
    await guarded(() => store.delete(keyOf(this.#id!)));
    this.#id = undefined;
    this.#isStored = false;
    // What is kept is no younger for its new id: the absolute lifetime has no end otherwise.
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
      this.#sendId();
    }
    this.#writeSoon();
  }

  #sendId(): void {
    if (this.#request.headersSent) return;
    const { lifetime } = this.#sessions;
    const stamps = { createdAt: this.#createdAt, usedAt: lifetime.now() };
    this.#cookie.write(this.#request, this.#sessions.sign(this.#id!), secondsLeft(stamps, lifetime));
  }

  /** For what nobody saves: a correction that the next request would make again, should this one fail. */
  #writeSoon(): void {
    this.#isPending = true;
    queueMicrotask(() => void this.#write().catch(() => undefined));
  }

  /** Waits for what is being written, and what has been asked for meanwhile. It never rejects. */
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
    // A store that answers at once is not made to wait: nothing comes between reading and writing.
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

/** Whatever the store fails with is the session's failure. */
async function guarded(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw new AuthError("session_unavailable", { cause });
  }
}
