import { AuthError } from "../errors/auth-error.ts";
import { MAX_LINE } from "../http/cookie-line.ts";
import { pickByHost } from "../http/host.ts";
import type { RequestView } from "../http/request-view.ts";
import { equalText, randomToken } from "../seal/random.ts";
import type { Sealer } from "../seal/sealer.ts";
import { BoundedMap } from "../util/bounded-map.ts";
import { AttemptCookies, idOf, MAX_COOKIE } from "./attempt-cookies.ts";
import type { PendingCookie } from "./attempt-cookies.ts";
import { warnLostAddress } from "./return-to.ts";
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
/**
 * Characters that a session in a cookie is expected to take after the sign-in. With the most that browsers keep of one
 * cookie (4 KB) instead, the line still stays below the 8 KB of nginx. Scopegate's own session makes room for itself.
 */
const COOKIE_SESSION = 3_600;
/** An attempt whose cookie is longer than this, without a return address, requests more scopes than usual. */
const MANY_SCOPES = 2_000;
/** Characters of the `Cookie` line with such an attempt. nginx at its defaults reads 8,182 after the header's name. */
const MAX_LINE_WITH_SCOPES = 8_100;
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
    const pending = this.#cookies.pending(request, attempt.redirectUri);
    const others = lengthOfOthers(request, pending);
    if (attempt.returnTo !== "/" && (cookie.length > MAX_COOKIE || others + cookie.length >= MAX_LINE)) {
      // Losing the return address is better than losing the sign-in.
      warnLostAddress(attempt.returnTo.length);
      attempt = { ...attempt, returnTo: "/" };
      cookie = this.#cookies.seal(attempt);
    }
    if (cookie.length > MAX_COOKIE) {
      throw new AuthError("invalid_request", {
        detail: "the requested scopes do not fit into one cookie; ask for fewer at once",
      });
    }
    if (cookie.length > MANY_SCOPES && others + cookie.length > MAX_LINE_WITH_SCOPES) {
      // A link with `?scope=` may come from a hostile page, and must not make a line that proxies reject.
      throw new AuthError("invalid_request", {
        detail:
          "the requested scopes do not fit beside the other cookies of this browser; ask for fewer at once, or keep the " +
          "session on the server",
      });
    }
    const isInCookie = request.session?.capabilities.storage === "cookie";
    const length = Math.max(others, isInCookie ? COOKIE_SESSION : 0) + cookie.length;
    this.#cookies.drop(request, beyondLimits(pending, length));
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
}

/** Characters of the `Cookie` line without the attempts, and with the separator of a new one. */
function lengthOfOthers(request: RequestView, pending: readonly PendingCookie[]): number {
  const line = (request.header("cookie")?.length ?? -2) + 2;
  return pending.reduce((length, { size }) => length - size, line);
}

/**
 * The attempts that give way to a new one: the oldest ones.
 * @param pending - the newest first
 * @param length - characters of the `Cookie` line without them, and with the new one
 */
function beyondLimits(pending: readonly PendingCookie[], length: number): readonly PendingCookie[] {
  let total = length;
  let own = 1;
  const end = pending.findIndex(({ size, isOwn }) => {
    total += size;
    if (isOwn) own += 1;
    return own > MAX_PENDING || total >= MAX_LINE;
  });
  return end === -1 ? [] : pending.slice(end);
}
