import { AuthError } from "../../errors/auth-error.ts";
import type { RequestView } from "../../http/request-view.ts";
import { randomToken } from "../../seal/random.ts";
import { createSealer } from "../../seal/sealer.ts";
import type { Sealer } from "../../seal/sealer.ts";
import { BoundedMap } from "../../util/bounded-map.ts";
import { warnUnsaved } from "../unsaved-warning.ts";
import { MAX_COOKIE_VALUE } from "./cookie.ts";
import type { SessionCookie } from "./cookie.ts";
import { isOver, isUseDue, secondsLeft } from "./lifetime.ts";
import type { Lifetime } from "./lifetime.ts";
import { OpenedCookies } from "./opened-cookies.ts";
import type { OwnHandle } from "./own-handle.ts";
import type { SessionRecord } from "./record-store.ts";

/** The content of the encrypted cookie. */
interface SealedRecord extends SessionRecord {
  /** Identifies the session until it is regenerated. It is not secret. */
  readonly id: string;
}

/** How many ended sessions this process remembers, so that it rejects copies of their cookies. */
const MAX_ENDED = 20_000;

const CAPABILITIES = { storage: "cookie", renewable: true } as const;
const EMPTY: SessionRecord["content"] = Object.freeze({});

/** Sessions that are encrypted in their cookies (AES-256-GCM). They need no store, and processes share nothing but the keys. */
export class SealedSessions {
  readonly lifetime: Lifetime;
  readonly #sealer: Sealer;
  readonly #opened = new OpenedCookies<SealedRecord>();
  readonly #ended: BoundedMap<true>;

  /**
   * @param masters - the newest key first; the first one encrypts, each of them decrypts
   * @param name - the cookie's name; sessions of another name do not decrypt
   */
  constructor(masters: readonly Uint8Array[], name: string, lifetime: Lifetime) {
    this.lifetime = lifetime;
    this.#sealer = createSealer(masters, `own session ${name}`);
    this.#ended = new BoundedMap(MAX_ENDED, lifetime.absolute, lifetime.now);
  }

  /** The session of a request, which is empty where the request has no valid cookie. */
  open(request: RequestView, cookie: SessionCookie): OwnHandle {
    return new SealedHandle(this, request, cookie);
  }

  /**
   * Decrypts a cookie.
   * @returns `undefined` where the value is foreign or altered, or its session has ended
   */
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

  /** Ends a session in this process, so that it rejects copies of the session's cookie. */
  end(value: string | undefined, id: string): void {
    this.#ended.set(id, true);
    if (value !== undefined) this.#opened.delete(value);
  }
}

/** One request's session. Each change replaces the cookie in the response, since the headers may be sent at any time. */
class SealedHandle implements OwnHandle {
  readonly #sessions: SealedSessions;
  readonly #request: RequestView;
  readonly #cookie: SessionCookie;
  readonly #value: string | undefined;
  #record: SealedRecord | undefined;
  /** The keys that were written since {@link watch}. */
  #watched: Set<string> | undefined;
  /** Whether the session was regenerated: a user signed in or out on this request. */
  #isRenewed = false;
  /** Why the last change is not in the cookie: the headers were sent before, or the value is too long. */
  #unwritten: "late" | { readonly size: number } | undefined;

  constructor(sessions: SealedSessions, request: RequestView, cookie: SessionCookie) {
    this.#sessions = sessions;
    this.#request = request;
    this.#cookie = cookie;
    this.#value = cookie.read(request);
    this.#record = this.#value === undefined ? undefined : sessions.unseal(this.#value);
  }

  use(): void {
    if (this.#record === undefined || !isUseDue(this.#record, this.#sessions.lifetime)) return;
    if (!this.#request.headersSent) this.#change(this.#record.content);
  }

  get capabilities() {
    return CAPABILITIES;
  }

  get(key: string): unknown {
    return this.#content[key];
  }

  set(key: string, value: unknown): void {
    this.#watched?.add(key);
    if (JSON.stringify(value) !== JSON.stringify(this.#content[key])) this.#change({ ...this.#content, [key]: value });
  }

  delete(key: string): void {
    if (!Object.hasOwn(this.#content, key)) return;
    const { [key]: _, ...rest } = this.#content;
    this.#change(rest);
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
    const before = this.#record;
    if (before === undefined) return;
    // The browser would not get the new ID, and the content would be lost.
    if (keep === "all" && this.#request.headersSent) return;
    this.#sessions.end(this.#value, before.id);
    this.#record = undefined;
    // Content that is kept keeps its age too. Otherwise the absolute lifetime would never end.
    if (keep === "all") this.#write(before.content, before.createdAt);
    else this.#write(EMPTY);
  }

  async save(): Promise<void> {
    if (this.#unwritten === "late") warnUnsaved();
    else if (this.#unwritten !== undefined) {
      throw new AuthError("session_unavailable", {
        detail:
          `the sealed session would have ${this.#unwritten.size} characters, more than the ${MAX_COOKIE_VALUE} ` +
          "that fit into its cookies: give scopegateSession a `store`, or give googleOAuth a `store` for the grants",
      });
    }
  }

  get #content(): SessionRecord["content"] {
    return this.#record?.content ?? EMPTY;
  }

  /**
   * A change that shared caches must not store, such as a refreshed token. Where they may store the response, the browser
   * keeps its old cookie, and its next request makes the change again. A sign-in or sign-out must not be lost, however.
   */
  #change(content: SessionRecord["content"]): void {
    this.#write(content, this.#record?.createdAt, this.#isRenewed ? undefined : "shared");
  }

  /** @param unless - `"shared"` drops the cookie again if shared caches may store the response */
  #write(content: SessionRecord["content"], createdAt = this.#record?.createdAt, unless?: "shared"): void {
    const { lifetime } = this.#sessions;
    const now = lifetime.now();
    this.#record = { id: this.#record?.id ?? randomToken(16), createdAt: createdAt ?? now, usedAt: now, content };
    this.#unwritten = undefined;
    // A faster request has ended this session. Its cookie must not replace the cookie of the session that followed.
    if (this.#sessions.hasEnded(this.#record.id)) return;
    if (this.#request.headersSent) {
      this.#unwritten = "late";
    } else if (Object.keys(content).length === 0) {
      this.#cookie.clear(this.#request);
    } else {
      const value = this.#sessions.seal(this.#record);
      const fits = this.#cookie.write(this.#request, value, secondsLeft(this.#record, lifetime), unless);
      if (!fits) this.#unwritten = { size: value.length };
    }
  }
}
