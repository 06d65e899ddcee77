import { cookieAttributes, parseCookies, protectedName } from "../http/cookies.ts";
import { isHttps, pickByHost } from "../http/host.ts";
import type { RequestView } from "../http/request-view.ts";

/** Sign-ins in a row without a lasting session, after which the session cookie must be lost. */
const MAX_ROUNDS = 3;
/** Seconds within which the next sign-in counts as the next round. No user signs in and out three times so fast. */
const ROUND_SECONDS = 15;

/**
 * Detects that sign-ins do not last. If the session cookie never arrives (`secure` behind a proxy that Express does not
 * trust, a cookie that is too large, blocked cookies), a guard would send the browser to Google and back for ever.
 *
 * The count is in a cookie without a seal. A visitor who changes it only stops their own browser. On https no other host
 * can set the cookie: otherwise a sibling host could stop the sign-ins of every visitor.
 */
export class LoopGuard {
  readonly #name: string;
  readonly #redirectUris: readonly string[];

  /**
   * @param tag - separates the cookies of several instances
   * @param redirectUris - they say whether browsers reach a request's host by https
   */
  constructor(tag: string, redirectUris: readonly string[]) {
    this.#name = `scopegate_${tag}_rounds`;
    this.#redirectUris = redirectUris;
  }

  /** Counts a sign-in of a browser that was not signed in before. */
  countRound(request: RequestView): void {
    this.#set(request, this.#rounds(request) + 1, ROUND_SECONDS);
  }

  /** Forgets the count: a user who signs out has not lost the session. */
  reset(request: RequestView): void {
    if (this.#rounds(request) > 0) this.#set(request, 0, 0);
  }

  /** Whether a browser that is not signed in has just signed in several times. */
  isLooping(request: RequestView): boolean {
    return this.#rounds(request) >= MAX_ROUNDS;
  }

  #set(request: RequestView, rounds: number, maxAge: number): void {
    const isSecure = this.#isSecure(request);
    const name = protectedName(this.#name, isSecure);
    request.appendHeader("Set-Cookie", `${name}=${rounds}${cookieAttributes(isSecure, maxAge)}`);
  }

  #rounds(request: RequestView): number {
    const name = protectedName(this.#name, this.#isSecure(request));
    const count = parseCookies(request.header("cookie")).get(name);
    return count !== undefined && /^\d$/.test(count) ? Number(count) : 0;
  }

  #isSecure(request: RequestView): boolean {
    return isHttps(pickByHost(this.#redirectUris, request.header("host")));
  }
}
