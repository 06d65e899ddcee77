import { AuthError } from "../errors/auth-error.ts";
import { pickByHost } from "../http/host.ts";
import type { RequestView } from "../http/request-view.ts";
import { equalText, randomToken } from "../seal/random.ts";
import type { Sealer } from "../seal/sealer.ts";
import { BoundedMap } from "../util/bounded-map.ts";
import { AttemptCookies, idOf, MAX_COOKIE } from "./attempt-cookies.ts";
import type { SpentAttempts } from "./spent-attempts.ts";

/** The sign-in that another account will be linked to. */
export interface Link {
  /** The ID of the sign-in. */
  readonly signIn: string;
  /** The Google subject that is signed in. It owns the grants if the app has no users of its own. */
  readonly subject: string;
}

/** One authorization in progress: the facts that the callback needs when the browser comes back from Google. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** Requested scopes. */
  readonly scopes: readonly string[];
  /** Where the user goes afterwards: a path of this app, or an absolute URL of one of `returnOrigins`. */
  readonly returnTo: string;
  readonly redirectUri: string;
  /** When it began, in milliseconds since the epoch. */
  readonly at: number;
  /** The app's own user who began the attempt, by the option `userId`. */
  readonly userId?: string;
  /** The Google subject that must come back. A signed-in user who grants more scopes must not become another user. */
  readonly expectedSubject?: string;
  /** The account that comes back is linked to this sign-in, and not signed in. */
  readonly link?: Link;
  readonly prompt?: string;
  /** This attempt is the consent retry: the first one brought no refresh token. */
  readonly consentRetry?: true;
}

/** How long an attempt lasts, and how long a spent one stays rejected. Milliseconds. */
export const LIFETIME_MS = 10 * 60_000;
/** Attempts that one browser may have at once; a new one replaces the oldest. */
const MAX_PENDING = 5;
/** Characters of all their cookies: Node.js reads 16 KB of headers. */
const MAX_PENDING_SIZE = 6000;
const MAX_SPENT = 20_000;

/**
 * The attempts in progress. Each is sealed in a cookie of its own, so that parallel tabs do not disturb each other,
 * anonymous visitors need no session, and a session that gets a new ID meanwhile loses no attempt.
 */
export class Attempts {
  readonly #cookies: AttemptCookies;
  readonly #now: () => number;
  readonly #spent: BoundedMap<true>;
  readonly #spentElsewhere: SpentAttempts | undefined;

  /**
   * @param tag - separates the cookies of several instances
   * @param spentElsewhere - the attempts that other processes have spent, if they share a store
   */
  constructor(sealer: Sealer, tag: string, now: () => number, spentElsewhere?: SpentAttempts) {
    this.#cookies = new AttemptCookies(sealer, tag);
    this.#now = now;
    this.#spentElsewhere = spentElsewhere;
    this.#spent = new BoundedMap(MAX_SPENT, LIFETIME_MS, now);
  }

  /** Begins an attempt and adds its cookie to the response. */
  begin(request: RequestView, wanted: Omit<Attempt, "state" | "nonce" | "codeVerifier" | "at">): Attempt {
    let attempt: Attempt = {
      ...wanted,
      state: randomToken(),
      nonce: randomToken(),
      codeVerifier: randomToken(),
      at: this.#now(),
    };
    let cookie = this.#cookies.seal(attempt);
    if (cookie.length > MAX_COOKIE) {
      // Losing the return address is better than losing the sign-in.
      attempt = { ...attempt, returnTo: "/" };
      cookie = this.#cookies.seal(attempt);
    }
    if (cookie.length > MAX_COOKIE) {
      throw new AuthError("invalid_request", {
        detail: "the requested scopes do not fit into one cookie; ask for fewer at once",
      });
    }
    this.#dropOldest(request, attempt.redirectUri, cookie.length);
    this.#cookies.send(request, cookie, attempt.redirectUri, LIFETIME_MS / 1000);
    return attempt;
  }

  /**
   * Takes the attempt of a callback. It can be taken once in all processes that share a store.
   * @throws AuthError as {@link take}, and `store_unavailable`
   */
  async takeEverywhere(request: RequestView, state: string, redirectUris: readonly string[]): Promise<Attempt> {
    // Synchronous, so that only one of several equal callbacks in this process passes.
    const attempt = this.take(request, state, redirectUris);
    if ((await this.#spentElsewhere?.claim(idOf(state))) === false) throw new AuthError("attempt_spent");
    return attempt;
  }

  /**
   * Takes the attempt of a callback. It can be taken once in this process, and only under the redirect URI that an
   * attempt of this request would have. Otherwise an attempt for a weaker address (plain http, whose cookie any sibling
   * host can plant) would complete on a stronger one.
   * @throws AuthError `attempt_not_found`, `attempt_expired`, `attempt_spent`
   */
  take(request: RequestView, state: string, redirectUris: readonly string[]): Attempt {
    const id = idOf(state);
    if (this.#spent.get(id)) throw new AuthError("attempt_spent");
    const redirectUri = pickByHost(redirectUris, request.header("host"));
    const attempt = this.#cookies.open(request, state, redirectUri);
    if (attempt === undefined || !equalText(attempt.state, state) || attempt.redirectUri !== redirectUri) {
      throw new AuthError("attempt_not_found");
    }
    this.#spent.set(id, true);
    this.#cookies.delete(request, state, redirectUri);
    if (this.#now() - attempt.at > LIFETIME_MS) throw new AuthError("attempt_expired");
    return attempt;
  }

  /** Deletes the oldest attempts, so that a new one of this size has room. */
  #dropOldest(request: RequestView, redirectUri: string, newest: number): void {
    const pending = this.#cookies.pending(request, redirectUri);
    let total = newest;
    let kept = 0;
    while (kept < pending.length && kept < MAX_PENDING - 1) {
      total += pending[kept]!.size;
      if (total > MAX_PENDING_SIZE) break;
      kept += 1;
    }
    this.#cookies.drop(request, pending.slice(kept), redirectUri);
  }
}
