import { createHash } from "node:crypto";
import { AuthError } from "../errors/auth-error.ts";
import { parseCookies } from "../http/cookies.ts";
import type { RequestView } from "../http/request-view.ts";
import { equalText, randomToken } from "../seal/random.ts";
import type { Sealer } from "../seal/sealer.ts";
import { BoundedMap } from "../util/bounded-map.ts";
import type { SpentAttempts } from "./spent-attempts.ts";

/** The sign-in that another account is to be linked to. */
export interface Link {
  /** Its id. */
  readonly signIn: string;
  /** The Google subject that is signed in: the owner, where the app has no users of its own. */
  readonly subject: string;
}

/** One authorization in progress: what must be known when the browser comes back from Google. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** Scopes that were asked for. */
  readonly scopes: readonly string[];
  /** Where the user goes afterwards: a path of this app, or an absolute URL of one of `returnOrigins`. */
  readonly returnTo: string;
  readonly redirectUri: string;
  /** When it began, in milliseconds since the epoch. */
  readonly at: number;
  /** The app's own user who began it (`userId`). */
  readonly owner?: string;
  /** The Google subject that must come back: asking a signed-in user for more is no way to become another. */
  readonly expectedSubject?: string;
  /** Whoever comes back is linked to this sign-in, and not signed in. */
  readonly link?: Link;
  readonly prompt?: string;
  /** This attempt asks a second time, for the refresh token that the first did not bring. */
  readonly rerun?: true;
}

/** An attempt that has come back stays refused for as long as its cookie could, in milliseconds. */
export const LIFETIME_MS = 10 * 60_000;
/** Attempts of one browser at once, and characters of all their cookies; the oldest give way. Node.js reads 16 KB of headers. */
const MAX_PENDING = 5;
const MAX_PENDING_SIZE = 6000;
const MAX_SPENT = 20_000;
/** What browsers keep of one cookie, its name included (RFC 6265 section 6.1). */
const MAX_COOKIE = 4096;

/**
 * Attempts in progress, each in a sealed cookie of its own: parallel tabs do not disturb each other, an anonymous
 * visitor needs no session, and one that is regenerated meanwhile loses nothing.
 */
export class Attempts {
  readonly #sealer: Sealer;
  readonly #tag: string;
  readonly #now: () => number;
  readonly #spent: BoundedMap<true>;
  readonly #spentElsewhere: SpentAttempts | undefined;

  /**
   * @param tag - keeps the cookies of several instances apart
   * @param spentElsewhere - what other processes know to be spent, where they share a store
   */
  constructor(sealer: Sealer, tag: string, now: () => number, spentElsewhere?: SpentAttempts) {
    this.#sealer = sealer;
    this.#tag = tag;
    this.#now = now;
    this.#spentElsewhere = spentElsewhere;
    this.#spent = new BoundedMap(MAX_SPENT, LIFETIME_MS, now);
  }

  /** Begins an attempt: its cookie goes onto the response. */
  begin(request: RequestView, wanted: Omit<Attempt, "state" | "nonce" | "codeVerifier" | "at">): Attempt {
    let attempt: Attempt = {
      ...wanted,
      state: randomToken(),
      nonce: randomToken(),
      codeVerifier: randomToken(),
      at: this.#now(),
    };
    let cookie = this.#cookie(attempt);
    if (cookie.length > MAX_COOKIE) {
      // Rather lose the way back than the sign-in.
      attempt = { ...attempt, returnTo: "/" };
      cookie = this.#cookie(attempt);
    }
    if (cookie.length > MAX_COOKIE) {
      throw new AuthError("invalid_request", { detail: "the scopes asked for at once do not fit into a cookie" });
    }
    this.#dropOldest(request, wanted.redirectUri, cookie.length);
    request.appendHeader("Set-Cookie", cookie + attributes(attempt.redirectUri, LIFETIME_MS / 1000));
    return attempt;
  }

  /**
   * Takes the attempt that a callback answers, for the one time that it can be taken in all processes that share a store.
   * @throws AuthError as {@link take}, and `store_unavailable`
   */
  async takeEverywhere(request: RequestView, state: string, redirectUris: readonly string[]): Promise<Attempt> {
    // Before anything waits: of many equal callbacks, one of this process passes here.
    const attempt = this.take(request, state, redirectUris);
    if ((await this.#spentElsewhere?.claim(idOf(state))) === false) throw new AuthError("attempt_spent");
    return attempt;
  }

  /**
   * Takes the attempt that a callback answers, for the one time that it can be taken in this process.
   * @throws AuthError `attempt_not_found`, `attempt_expired`, `attempt_spent`; then nothing has changed
   */
  take(request: RequestView, state: string, redirectUris: readonly string[]): Attempt {
    const id = idOf(state);
    if (this.#spent.get(id)) throw new AuthError("attempt_spent");
    const cookies = parseCookies(request.header("cookie"));
    for (const redirectUri of redirectUris) {
      const name = this.#name(redirectUri, id);
      const attempt = this.#open(name, cookies.get(name));
      if (attempt === undefined || !equalText(attempt.state, state)) continue;
      this.#spent.set(id, true);
      request.appendHeader("Set-Cookie", `${name}=` + attributes(redirectUri, 0));
      if (this.#now() - attempt.at > LIFETIME_MS) throw new AuthError("attempt_expired");
      return attempt;
    }
    throw new AuthError("attempt_not_found");
  }

  #dropOldest(request: RequestView, redirectUri: string, newest: number): void {
    const prefix = this.#name(redirectUri, "");
    const pending = [...parseCookies(request.header("cookie"))]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => ({ name, size: name.length + value.length, at: this.#open(name, value)?.at ?? 0 }))
      .toSorted((a, b) => b.at - a.at);
    let total = newest;
    for (const [index, { name, size }] of pending.entries()) {
      total += size;
      if (index >= MAX_PENDING - 1 || total > MAX_PENDING_SIZE) {
        request.appendHeader("Set-Cookie", `${name}=` + attributes(redirectUri, 0));
      }
    }
  }

  #cookie(attempt: Attempt): string {
    const name = this.#name(attempt.redirectUri, idOf(attempt.state));
    return `${name}=${this.#sealer.seal(JSON.stringify(attempt), name)}`;
  }

  #open(name: string, value: string | undefined): Attempt | undefined {
    if (value === undefined) return undefined;
    const opened = this.#sealer.open(value, name);
    return "plaintext" in opened ? (JSON.parse(opened.plaintext) as Attempt) : undefined;
  }

  #name(redirectUri: string, id: string): string {
    return `${isSecure(redirectUri) ? "__Host-" : ""}scopegate_${this.#tag}_${id}`;
  }
}

function idOf(state: string): string {
  return createHash("sha256").update(state).digest("base64url").slice(0, 16);
}

function isSecure(redirectUri: string): boolean {
  return redirectUri.startsWith("https:");
}

/** Lax: the cookie comes along when Google sends the browser back, and on no cross-site post. */
function attributes(redirectUri: string, maxAge: number): string {
  return `; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${isSecure(redirectUri) ? "; Secure" : ""}`;
}
