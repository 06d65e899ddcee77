import { AuthError } from "../../errors/auth-error.ts";
import type { RequestView } from "../../http/request-view.ts";
import type { SessionHandle } from "../../http/session-handle.ts";
import { checkKeys } from "../../seal/keys.ts";
import { createBound } from "../../util/bound.ts";
import { SessionCookie } from "./cookie.ts";
import type { OwnHandle } from "./own-handle.ts";
import { boundedRecordStore } from "./record-store.ts";
import type { SessionRecordStore } from "./record-store.ts";
import { SealedSessions } from "./sealed-session.ts";
import { StoredSessions } from "./stored-session.ts";

/** Options of {@link scopegateSession}. */
export interface ScopegateSessionOptions {
  /**
   * Secret keys, the newest first. The first key encrypts the session's cookie or, with `store`, signs the session ID in
   * it; each of them can read it. A key is text of at least 32 characters or a `Uint8Array` of at least 32 bytes, for
   * example of `openssl rand -base64 32`. To rotate keys, put a new key in front and remove the old one after
   * `absoluteLifetime`.
   */
  readonly keys: readonly (string | Uint8Array)[];
  /** The store that keeps the sessions. Default: none; each session is encrypted in its cookie. */
  readonly store?: SessionRecordStore;
  /**
   * The cookie's name: at most 41 letters, digits, `_` and `-`, not beginning with a digit or `-`. Where the redirect URI
   * has https, the prefix `__Host-` is added. Two sessions of one app need different names. Default `"scopegate_session"`.
   */
  readonly name?: string;
  /** Milliseconds without a request after which a session ends, a whole number of at least 1000. Default 24 hours. */
  readonly idleLifetime?: number;
  /**
   * Milliseconds after its beginning at which a session ends, even while it is in use: a whole number of at least 1000.
   * Default 14 days.
   */
  readonly absoluteLifetime?: number;
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/** An own session, for the option `session` of `googleOAuth()`. Several instances of `googleOAuth()` may share it. */
export interface ScopegateSession {
  readonly kind: "scopegate session";
  /**
   * Bounds the wait for each response of the store. If several instances use the session, the shortest timeout counts.
   * @param timeout - milliseconds
   * @internal
   */
  limitWaits?(timeout: number): void;
  /**
   * Loads the request's session, where its store may need time. After that, {@link of} returns it.
   * @returns a promise to wait for, which never rejects; `undefined` where there is nothing to wait for
   * @internal
   */
  load(request: RequestView, secure: boolean): Promise<void> | undefined;
  /**
   * @returns the request's session, or `undefined` where its store fails
   * @internal
   */
  of(request: RequestView, secure: boolean): SessionHandle | undefined;
}

const DAY = 24 * 3600_000;
const DEFAULT_NAME = "scopegate_session";
/** Milliseconds for a response of the store, until an instance states its own `timeout`. */
const DEFAULT_TIMEOUT = 10_000;
/** The names of all options. A table, so that the compiler reports an option that is missing here. */
const OPTION_NAMES: readonly string[] = Object.keys({
  keys: true,
  store: true,
  name: true,
  idleLifetime: true,
  absoluteLifetime: true,
  now: true,
} satisfies Record<keyof ScopegateSessionOptions, true>);

/**
 * Creates a session for an app that has no session middleware, or slow session middleware. Give it to `googleOAuth()` as
 * the option `session`. It holds the sign-in and, with the default token store, the grants. A visitor gets a cookie only
 * once there is something to keep, such as a sign-in.
 *
 * Without `store`, each session is encrypted in its cookie (AES-256-GCM). The server cannot delete a copy of such a
 * cookie: after a sign-out, this process rejects the copy until it restarts, but other processes accept it until it
 * expires. With `store`, a sign-out ends the session for every copy and in every process.
 * @throws TypeError where an option is missing, unknown or out of range; the message names the option
 *
 * @example
 * ```ts
 * import { googleOAuth, scopegateSession } from "@scopegate/express";
 *
 * const session = scopegateSession({ keys: [process.env["SESSION_KEY"]!] }); // `openssl rand -base64 32`
 * app.use(googleOAuth({ session }));
 * ```
 */
export function scopegateSession(options: ScopegateSessionOptions): ScopegateSession {
  return new OwnSession(options);
}

/** Whether a value was created by {@link scopegateSession}. */
export function isScopegateSession(value: unknown): value is ScopegateSession {
  return typeof value === "object" && value !== null && (value as ScopegateSession).kind === "scopegate session";
}

/** The framework's request with the session noted on it, under a symbol. The session is `undefined` where its store fails. */
type Noted = Record<symbol, { readonly session: OwnHandle | undefined } | undefined>;

class OwnSession implements ScopegateSession {
  readonly kind = "scopegate session";
  readonly #sessions: SealedSessions | StoredSessions;
  /** Whether sessions are read without a wait, and so only where a handler or guard uses them. */
  readonly #isLazy: boolean;
  readonly #cookies: { readonly secure: SessionCookie; readonly plain: SessionCookie };
  readonly #slot = Symbol("scopegate.session");
  #timeout: number | undefined;

  constructor(options: ScopegateSessionOptions) {
    const given = (typeof options === "object" ? options : {}) as Partial<ScopegateSessionOptions>;
    for (const option of Object.keys(given)) {
      if (!OPTION_NAMES.includes(option))
        throw new TypeError(
          `scopegateSession: unknown option \`${option}\`; the options are ${OPTION_NAMES.join(", ")}`,
        );
    }
    const { store, now = () => Date.now() } = given;
    const masters = checkKeys(given.keys ?? [], "scopegateSession", "keys");
    if (masters.length === 0) {
      throw new TypeError(
        "scopegateSession: `keys` is missing; give it at least one key, such as the output of `openssl rand -base64 32`",
      );
    }
    const name = checkName(given.name ?? DEFAULT_NAME);
    const lifetime = {
      idle: checkLifetime(given.idleLifetime ?? DAY, "idleLifetime"),
      absolute: checkLifetime(given.absoluteLifetime ?? 14 * DAY, "absoluteLifetime"),
      now,
    };
    if (typeof now !== "function")
      throw new TypeError("scopegateSession: `now` must be a function that returns milliseconds since the epoch");
    this.#isLazy = store === undefined || store.synchronous === true;
    this.#sessions =
      store === undefined
        ? new SealedSessions(masters, name, lifetime)
        : new StoredSessions(masters, name, lifetime, this.#bounded(checkStore(store)));
    this.#cookies = { secure: new SessionCookie(name, true), plain: new SessionCookie(name, false) };
  }

  limitWaits(timeout: number): void {
    this.#timeout = Math.min(timeout, this.#timeout ?? timeout);
  }

  load(request: RequestView, secure: boolean): Promise<void> | undefined {
    return this.#isLazy ? undefined : this.#open(request, secure);
  }

  of(request: RequestView, secure: boolean): SessionHandle | undefined {
    const noted = request.raw as Noted;
    if (noted[this.#slot] === undefined) void this.#open(request, secure);
    const session = noted[this.#slot]?.session;
    try {
      session?.use();
    } catch {
      // A response that takes no headers must not decide who is signed in.
    }
    return session;
  }

  /** Without a limit, each request with the cookie would wait for a store whose server is gone. */
  #bounded(store: SessionRecordStore): SessionRecordStore {
    const bound = createBound(
      () => this.#timeout ?? DEFAULT_TIMEOUT,
      (limit) =>
        new AuthError("session_unavailable", { detail: `the session store did not respond within ${limit} ms` }),
    );
    return boundedRecordStore(store, bound);
  }

  #open(request: RequestView, secure: boolean): Promise<void> | undefined {
    const noted = request.raw as Noted;
    if (noted[this.#slot] !== undefined) return undefined;
    const note = (session: OwnHandle | undefined) => void (noted[this.#slot] = { session });
    try {
      const session = this.#sessions.open(request, secure ? this.#cookies.secure : this.#cookies.plain);
      // A store that responds at once must not make the request wait: its session is there when `of` is called.
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
        `scopegateSession: \`store\` has no method ${method}(); give it a session store, such as memorySessionStore()`,
      );
    }
  }
  return store;
}

function checkName(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_-]{0,40}$/.test(name)) {
    throw new TypeError(
      'scopegateSession: `name` must have at most 41 letters, digits, `_` and `-`, and begin with a letter or `_`, such as "app_session"',
    );
  }
  return name;
}

function checkLifetime(lifetime: number, option: string): number {
  if (!Number.isSafeInteger(lifetime) || lifetime < 1000) {
    throw new TypeError(
      `scopegateSession: \`${option}\` must be a whole number of milliseconds of at least 1000, not ${String(lifetime)}`,
    );
  }
  return lifetime;
}
