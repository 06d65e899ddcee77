import { toAuthError } from "../errors/auth-error.ts";
import type { Issued } from "./credentials.ts";

/** A token is not handed out when it ends within this time, in milliseconds: a request must still reach Google. */
const MARGIN = 60_000;
/**
 * A token that ends within this time is replaced while it is still handed out, in milliseconds. The metadata server
 * gives the same token until five minutes before its end, so that asking earlier would be in vain.
 */
const BACKGROUND = 225_000;
/** Milliseconds between attempts to replace a token in the background. */
const BACKGROUND_PAUSE = 10_000;

/** What a caller needs of a token. */
export interface SlotNeed {
  /** A token that an API has just refused with 401: any other one will do. */
  readonly rejected?: string | undefined;
  /** A token issued from now on. */
  readonly force?: boolean | undefined;
}

/** Keeps one token, and asks for another when it must: once, however many wait for it. */
export class TokenSlot {
  readonly #issue: () => Promise<Issued>;
  readonly #now: () => number;
  #token: string | undefined;
  #expiresAt = 0;
  #usableUntil = 0;
  #replaceFrom = 0;
  #inFlight: Promise<string> | undefined;

  constructor(issue: () => Promise<Issued>, now: () => number) {
    this.#issue = issue;
    this.#now = now;
  }

  /** The token, at once where it is kept. */
  get({ rejected, force = false }: SlotNeed = {}): string | Promise<string> {
    const token = this.#token;
    const now = this.#now();
    if (token === undefined || force || token === rejected || now >= this.#usableUntil) return this.#request();
    if (now >= this.#replaceFrom && this.#inFlight === undefined) this.#replaceInBackground(now);
    return token;
  }

  /** When the token that is kept ends, in milliseconds since the epoch. */
  get expiresAt(): number {
    return this.#expiresAt;
  }

  /** Nobody waits for it: the present token is good, and what fails is tried again by whoever comes next. */
  #replaceInBackground(now: number): void {
    this.#replaceFrom = now + BACKGROUND_PAUSE;
    this.#request().catch(() => undefined);
  }

  #request(): Promise<string> {
    this.#inFlight ??= this.#fetch().finally(() => (this.#inFlight = undefined));
    return this.#inFlight;
  }

  async #fetch(): Promise<string> {
    let issued: Issued;
    try {
      issued = await this.#issue();
    } catch (error) {
      throw error instanceof TypeError ? error : toAuthError(error, "internal_error");
    }
    const { token, issuedAt, expiresAt } = issued;
    const lifetime = Math.max(0, expiresAt - issuedAt);
    // The same token once more (a metadata server's) is no reason to ask again at once.
    const isSame = token === this.#token;
    this.#token = token;
    this.#expiresAt = expiresAt;
    this.#usableUntil = expiresAt - Math.min(MARGIN, lifetime / 10);
    this.#replaceFrom = Math.max(
      expiresAt - Math.min(BACKGROUND, lifetime / 4),
      isSame ? this.#now() + BACKGROUND_PAUSE : 0,
    );
    return token;
  }
}

/** Slots by name, the least recently used forgotten first: audiences and subjects may be as many as users. */
export class TokenSlots {
  readonly #slots = new Map<string, TokenSlot>();
  readonly #size: number;
  readonly #now: () => number;

  constructor(now: () => number, size = 1_000) {
    this.#now = now;
    this.#size = size;
  }

  /** The slot of this name, made if there is none. */
  at(name: string, issue: () => Promise<Issued>): TokenSlot {
    const slot = this.#slots.get(name) ?? new TokenSlot(issue, this.#now);
    this.#slots.delete(name);
    this.#slots.set(name, slot);
    if (this.#slots.size > this.#size) {
      const [oldest] = this.#slots.keys();
      this.#slots.delete(oldest!);
    }
    return slot;
  }
}
