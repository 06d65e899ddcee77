import type { RequestView } from "../../http/request-view.ts";
import type { SessionHandle } from "../../http/session-handle.ts";
import { checkKeys } from "../../seal/keys.ts";
import { SessionCookie } from "./cookie.ts";
import type { SessionRecordStore } from "./record-store.ts";
import { SealedSessions } from "./sealed-session.ts";
import { StoredSessions } from "./stored-session.ts";

/** Options of {@link scopegateSession}. */
export interface ScopegateSessionOptions {
  /**
   * Keys that seal the session's cookie, or sign its id: newest first, the first is used, all of them are taken. Each at
   * least 32 bytes, or text of at least 32 characters.
   */
  readonly keys: readonly (string | Uint8Array)[];
  /** Where sessions live. Default: in the cookie, sealed. */
  readonly store?: SessionRecordStore;
  /** The cookie's name, to which `__Host-` is added on https. Default `"scopegate_session"`. */
  readonly name?: string;
  /** Milliseconds without a request after which a session is over. Default 24 hours. */
  readonly idleLifetime?: number;
  /** Milliseconds after which a session is over in any case. Default 14 days. */
  readonly absoluteLifetime?: number;
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/** A session of Scopegate's own: the option `session` of `googleOAuth()`. Several instances may share one. */
export interface ScopegateSession {
  readonly kind: "scopegate session";
  /** @internal What must be awaited before {@link of} knows the request's session, if anything must. Never rejects. */
  load(request: RequestView, secure: boolean): Promise<void> | undefined;
  /** @internal The request's session; `undefined` where its store fails. */
  of(request: RequestView, secure: boolean): SessionHandle | undefined;
}

const DAY = 24 * 3600_000;
const DEFAULT_NAME = "scopegate_session";
const KNOWN = new Set<string>([
  "keys",
  "store",
  "name",
  "idleLifetime",
  "absoluteLifetime",
  "now",
] satisfies (keyof ScopegateSessionOptions)[]);

/**
 * A session for apps that have no session middleware, or a slow one. It holds who signed in and, with the default token
 * store, what they granted; visitors who are not signed in get no cookie.
 *
 * Without a `store` everything is sealed in the cookie. Such a cookie cannot be called back: signing out deletes it in
 * the browser, and a copy made before is refused only by this process, until it restarts, and elsewhere until the copy
 * expires. With a `store` the session ends there, for every copy and every process.
 * @throws TypeError for options that make no sense, naming the option
 */
export function scopegateSession(options: ScopegateSessionOptions): ScopegateSession {
  return new OwnSession(options);
}

/** Whether something was made by {@link scopegateSession}. */
export function isScopegateSession(value: unknown): value is ScopegateSession {
  return typeof value === "object" && value !== null && (value as ScopegateSession).kind === "scopegate session";
}

/** Where a request's session is noted, on the framework's own request: `undefined` where its store fails. */
type Noted = Record<symbol, { readonly session: SessionHandle | undefined } | undefined>;

class OwnSession implements ScopegateSession {
  readonly kind = "scopegate session";
  readonly #sessions: SealedSessions | StoredSessions;
  /** Whether nothing need be waited for, and so nothing be read before it is asked for. */
  readonly #isLazy: boolean;
  readonly #cookies: { readonly secure: SessionCookie; readonly plain: SessionCookie };
  readonly #slot = Symbol("scopegate.session");

  constructor(options: ScopegateSessionOptions) {
    const given = (typeof options === "object" ? options : {}) as Partial<ScopegateSessionOptions>;
    for (const option of Object.keys(given)) {
      if (!KNOWN.has(option))
        throw new TypeError(`scopegateSession: unknown option \`${option}\`; there are ${[...KNOWN].join(", ")}`);
    }
    const { store, now = Date.now } = given;
    const masters = checkKeys(given.keys ?? [], "scopegateSession", "keys");
    if (masters.length === 0) {
      throw new TypeError("scopegateSession: `keys` is needed; make one with `openssl rand -base64 32`");
    }
    const name = checkName(given.name ?? DEFAULT_NAME);
    const lifetime = {
      idle: checkLifetime(given.idleLifetime ?? DAY, "idleLifetime"),
      absolute: checkLifetime(given.absoluteLifetime ?? 14 * DAY, "absoluteLifetime"),
      now,
    };
    if (typeof now !== "function") throw new TypeError("scopegateSession: `now` must be a function");
    this.#isLazy = store === undefined || store.synchronous === true;
    this.#sessions =
      store === undefined
        ? new SealedSessions(masters, name, lifetime)
        : new StoredSessions(masters, name, lifetime, checkStore(store));
    this.#cookies = { secure: new SessionCookie(name, true), plain: new SessionCookie(name, false) };
  }

  load(request: RequestView, secure: boolean): Promise<void> | undefined {
    return this.#isLazy ? undefined : this.#open(request, secure);
  }

  of(request: RequestView, secure: boolean): SessionHandle | undefined {
    const noted = request.raw as Noted;
    if (noted[this.#slot] === undefined) void this.#open(request, secure);
    return noted[this.#slot]?.session;
  }

  #open(request: RequestView, secure: boolean): Promise<void> | undefined {
    const noted = request.raw as Noted;
    if (noted[this.#slot] !== undefined) return undefined;
    const note = (session: SessionHandle | undefined) => void (noted[this.#slot] = { session });
    try {
      const session = this.#sessions.open(request, secure ? this.#cookies.secure : this.#cookies.plain);
      if (!(session instanceof Promise)) return note(session);
      return session.then(note, () => note(undefined));
    } catch {
      return note(undefined);
    }
  }
}

function checkStore(store: SessionRecordStore): SessionRecordStore {
  for (const method of ["get", "set", "delete"] as const) {
    if (typeof store?.[method] !== "function") {
      throw new TypeError(
        `scopegateSession: \`store\` must be a session store, such as memorySessionStore(); it has no ${method}()`,
      );
    }
  }
  return store;
}

function checkName(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_-]{0,40}$/.test(name)) {
    throw new TypeError('scopegateSession: `name` must be letters, digits, `_` and `-`, such as "app_session"');
  }
  return name;
}

function checkLifetime(lifetime: number, option: string): number {
  if (!Number.isSafeInteger(lifetime) || lifetime < 1000) {
    throw new TypeError(`scopegateSession: \`${option}\` must be a whole number of milliseconds, at least 1000`);
  }
  return lifetime;
}
