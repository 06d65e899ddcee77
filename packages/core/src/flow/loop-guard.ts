import { parseCookies } from "../http/cookies.ts";
import type { RequestView } from "../http/request-view.ts";

/** Sign-ins in a row, each forgotten at once, after which it is no coincidence. */
const MAX_ROUNDS = 3;
/** Seconds within which the next sign-in counts as the next round; nobody signs in and out three times so fast. */
const ROUND_SECONDS = 15;

/**
 * Notices when sign-ins do not stick: where the session's cookie never arrives (`secure` behind a proxy that Express
 * does not trust, a cookie that is too large, blocked cookies), a guard would send the browser to Google and back for ever.
 *
 * The count is in a cookie of its own, which proves nothing and need not: whoever changes it stops their own browser.
 */
export class LoopGuard {
  readonly #name: string;

  /** @param tag - keeps the cookies of several instances apart */
  constructor(tag: string) {
    this.#name = `scopegate_${tag}_rounds`;
  }

  /** Notes that a browser nobody was signed in with has just signed in. */
  countRound(request: RequestView): void {
    this.#set(request, this.#rounds(request) + 1, ROUND_SECONDS);
  }

  /** A sign-out is no lost session. */
  reset(request: RequestView): void {
    if (this.#rounds(request) > 0) this.#set(request, 0, 0);
  }

  /** Whether a browser without a sign-in has just signed in several times over. */
  goesInCircles(request: RequestView): boolean {
    return this.#rounds(request) >= MAX_ROUNDS;
  }

  #set(request: RequestView, rounds: number, maxAge: number): void {
    const attributes = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}`;
    request.appendHeader("Set-Cookie", `${this.#name}=${rounds}; ${attributes}`);
  }

  #rounds(request: RequestView): number {
    const count = parseCookies(request.header("cookie")).get(this.#name);
    return count !== undefined && /^\d$/.test(count) ? Number(count) : 0;
  }
}
