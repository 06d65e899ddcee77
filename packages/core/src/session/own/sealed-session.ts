import { AuthError } from "../../errors/auth-error.ts";
import type { RequestView } from "../../http/request-view.ts";
import { warnUnsaved } from "../../http/session-handle.ts";
import type { SessionHandle } from "../../http/session-handle.ts";
import { randomToken } from "../../seal/random.ts";
import { createSealer } from "../../seal/sealer.ts";
import type { Sealer } from "../../seal/sealer.ts";
import { BoundedMap } from "../../util/bounded-map.ts";
import { MAX_COOKIE_VALUE } from "./cookie.ts";
import type { SessionCookie } from "./cookie.ts";
import { isOver, isUseDue, secondsLeft } from "./lifetime.ts";
import type { Lifetime } from "./lifetime.ts";
import { OpenedCookies } from "./opened-cookies.ts";
import type { SessionRecord } from "./record-store.ts";

/** What is sealed in the cookie. */
interface SealedRecord extends SessionRecord {
  /** Names the session until it is renewed; not secret. */
  readonly id: string;
}

/** So many ended sessions are refused by this process, for as long as any copy of them could live. */
const MAX_ENDED = 20_000;

const CAPABILITIES = { storage: "cookie", renewable: true } as const;
const EMPTY: SessionRecord["content"] = Object.freeze({});

/** Sessions that live in their cookie, sealed (AES-256-GCM): no store, and nothing that any process must share. */
export class SealedSessions {
  readonly lifetime: Lifetime;
  readonly #sealer: Sealer;
  readonly #opened = new OpenedCookies<SealedRecord>();
  readonly #ended: BoundedMap<true>;

  /** @param name - the cookie's: sessions of another name do not open */
  constructor(masters: readonly Uint8Array[], name: string, lifetime: Lifetime) {
    this.lifetime = lifetime;
    this.#sealer = createSealer(masters, `own session ${name}`);
    this.#ended = new BoundedMap(MAX_ENDED, lifetime.absolute, lifetime.now);
  }

  open(request: RequestView, cookie: SessionCookie): SessionHandle {
    return new SealedHandle(this, request, cookie);
  }

  /** @returns `undefined` for what is not ours, was altered, is over or has ended */
  unseal(value: string): SealedRecord | undefined {
    let record = this.#opened.get(value);
    if (record === undefined) {
      const opened = this.#sealer.open(value, "");
      if (!("plaintext" in opened)) return undefined;
      record = JSON.parse(opened.plaintext) as SealedRecord;
      this.#opened.set(value, record);
    }
    return isOver(record, this.lifetime) || this.hasEnded(record.id) ? undefined : record;
  }

  seal(record: SealedRecord): string {
    return this.#sealer.seal(JSON.stringify(record), "");
  }

  hasEnded(id: string): boolean {
    return this.#ended.get(id) === true;
  }

  /** Ends a session for good, as far as this process can: a copy of its cookie is worth nothing here. */
  end(value: string | undefined, id: string): void {
    this.#ended.set(id, true);
    if (value !== undefined) this.#opened.delete(value);
  }
}

/** One request's session. Each change writes the cookie's line anew: the head may leave at any moment. */
class SealedHandle implements SessionHandle {
  readonly #sessions: SealedSessions;
  readonly #request: RequestView;
  readonly #cookie: SessionCookie;
  readonly #value: string | undefined;
  #record: SealedRecord | undefined;
  /** Why the last change is not in the cookie. */
  #unwritten: "late" | { readonly size: number } | undefined;

  constructor(sessions: SealedSessions, request: RequestView, cookie: SessionCookie) {
    this.#sessions = sessions;
    this.#request = request;
    this.#cookie = cookie;
    this.#value = cookie.read(request);
    this.#record = this.#value === undefined ? undefined : sessions.unseal(this.#value);
    if (this.#record !== undefined && isUseDue(this.#record, sessions.lifetime) && !request.headersSent) {
      this.#write(this.#record.content);
    }
  }

  get capabilities() {
    return CAPABILITIES;
  }

  get(key: string): unknown {
    return this.#content[key];
  }

  set(key: string, value: unknown): void {
    if (JSON.stringify(value) !== JSON.stringify(this.#content[key])) this.#write({ ...this.#content, [key]: value });
  }

  delete(key: string): void {
    if (!Object.hasOwn(this.#content, key)) return;
    const { [key]: _, ...rest } = this.#content;
    this.#write(rest);
  }

  async regenerate(keep: "all" | "nothing"): Promise<void> {
    const before = this.#record;
    if (before === undefined) return;
    // A new id that cannot be told to the browser would lose what is to be kept.
    if (keep === "all" && this.#request.headersSent) return;
    this.#sessions.end(this.#value, before.id);
    this.#record = undefined;
    // What is kept is no younger for its new id: the absolute lifetime has no end otherwise.
    if (keep === "all") this.#write(before.content, before.createdAt);
    else this.#write(EMPTY);
  }

  async save(): Promise<void> {
    if (this.#unwritten === "late") warnUnsaved();
    else if (this.#unwritten !== undefined) {
      throw new AuthError("session_unavailable", {
        detail:
          `the sealed session would have ${this.#unwritten.size} characters, more than the ${MAX_COOKIE_VALUE} ` +
          "that its cookies may have: give scopegateSession a `store`, or googleOAuth one for grants",
      });
    }
  }

  get #content(): SessionRecord["content"] {
    return this.#record?.content ?? EMPTY;
  }

  #write(content: SessionRecord["content"], createdAt = this.#record?.createdAt): void {
    const { lifetime } = this.#sessions;
    const now = lifetime.now();
    this.#record = { id: this.#record?.id ?? randomToken(16), createdAt: createdAt ?? now, usedAt: now, content };
    this.#unwritten = undefined;
    // By a faster request: this cookie would take the place of what came after, and another process would take it.
    if (this.#sessions.hasEnded(this.#record.id)) return;
    if (this.#request.headersSent) {
      this.#unwritten = "late";
    } else if (Object.keys(content).length === 0) {
      this.#cookie.clear(this.#request);
    } else {
      const value = this.#sessions.seal(this.#record);
      const fits = this.#cookie.write(this.#request, value, secondsLeft(this.#record, lifetime));
      if (!fits) this.#unwritten = { size: value.length };
    }
  }
}
