import { toAuthError } from "../errors/auth-error.ts";
import type { IssuedToken } from "./credentials.ts";

/** Milliseconds. A token that expires sooner is not returned: a request with it may not reach Google in time. */
const EXPIRY_MARGIN = 60_000;
/**
 * Milliseconds. A token that expires sooner is replaced in the background while it is still in use. The value is below
 * five minutes: the metadata server returns the same token until five minutes before its expiry.
 */
const BACKGROUND_MARGIN = 225_000;
/** Milliseconds between two attempts to replace a token in the background. */
const BACKGROUND_PAUSE = 10_000;
/** The number of slots that one source keeps. There may be as many subjects and audiences as the app has users. */
const MAX_SLOTS = 1_000;

/** Conditions on the token that a caller accepts. */
export interface TokenConditions {
  /** A token that an API has just rejected with 401. The slot returns any other token. */
  readonly rejected?: string | undefined;
  /** Requests a new token although the stored one is valid, or joins a request that is already under way. */
  readonly forceRefresh?: boolean | undefined;
}

/** Keeps one token and requests the next one when needed. Concurrent callers share one request. */
export class TokenSlot {
  readonly #issue: () => Promise<IssuedToken>;
  readonly #now: () => number;
  #token: string | undefined;
  #expiresAt = 0;
  #usableUntil = 0;
  #replaceFrom = 0;
  #inFlight: Promise<string> | undefined;

  constructor(issue: () => Promise<IssuedToken>, now: () => number) {
    this.#issue = issue;
    this.#now = now;
  }

  /** Returns the stored token synchronously if it meets the conditions, else the promise of a new one. */
  get({ rejected, forceRefresh = false }: TokenConditions = {}): string | Promise<string> {
    const token = this.#token;
    const now = this.#now();
    if (token === undefined || forceRefresh || token === rejected || now >= this.#usableUntil) return this.#request();
    if (now >= this.#replaceFrom && this.#inFlight === undefined) this.#replaceInBackground(now);
    return token;
  }

  /** When the stored token expires, in milliseconds since the epoch. */
  get expiresAt(): number {
    return this.#expiresAt;
  }

  /** The current token is still valid, so no caller has to know of a failure. A call after the pause tries again. */
  #replaceInBackground(now: number): void {
    this.#replaceFrom = now + BACKGROUND_PAUSE;
    this.#request().catch(() => undefined);
  }

  #request(): Promise<string> {
    this.#inFlight ??= this.#issueAndStore().finally(() => (this.#inFlight = undefined));
    return this.#inFlight;
  }

  async #issueAndStore(): Promise<string> {
    let issued: IssuedToken;
    try {
      issued = await this.#issue();
    } catch (error) {
      throw error instanceof TypeError ? error : toAuthError(error, "internal_error");
    }
    const { token, issuedAt, expiresAt } = issued;
    const lifetime = Math.max(0, expiresAt - issuedAt);
    // The metadata server may return the same token again. Repeating the request at once would return it once more.
    const isSame = token === this.#token;
    this.#token = token;
    this.#expiresAt = expiresAt;
    this.#usableUntil = expiresAt - Math.min(EXPIRY_MARGIN, lifetime / 10);
    this.#replaceFrom = Math.max(
      expiresAt - Math.min(BACKGROUND_MARGIN, lifetime / 4),
      isSame ? this.#now() + BACKGROUND_PAUSE : 0,
    );
    return token;
  }
}

/** Slots by key. Above the maximum number, the least recently used slot is dropped. */
export class TokenSlots {
  readonly #slots = new Map<string, TokenSlot>();
  readonly #maxSlots: number;
  readonly #now: () => number;

  constructor(now: () => number, maxSlots = MAX_SLOTS) {
    this.#now = now;
    this.#maxSlots = maxSlots;
  }

  /** Returns the slot of a key. Creates it if there is none. */
  at(key: string, issue: () => Promise<IssuedToken>): TokenSlot {
    const slot = this.#slots.get(key) ?? new TokenSlot(issue, this.#now);
    this.#slots.delete(key);
    this.#slots.set(key, slot);
    if (this.#slots.size > this.#maxSlots) {
      const [leastRecentlyUsed] = this.#slots.keys();
      this.#slots.delete(leastRecentlyUsed!);
    }
    return slot;
  }
}
