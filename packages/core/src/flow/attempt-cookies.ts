import { createHash } from "node:crypto";
import { ATTEMPT_NAME, MAX_DELETED, sizeInLine } from "../http/cookie-line.ts";
import { cookieAttributes, parseCookies, protectedName } from "../http/cookies.ts";
import { isHttps } from "../http/host.ts";
import type { RequestView } from "../http/request-view.ts";
import type { Sealer } from "../seal/sealer.ts";
import type { Attempt } from "./attempt.ts";

/** Browsers keep at least this many bytes of a cookie, its name included (RFC 6265 section 6.1). */
export const MAX_COOKIE = 4096;
/**
 * How many cookies of one request are decrypted to find the pending attempts. Browsers hold half as many attempts, and a
 * client may send hundreds of forged cookies.
 */
const MAX_OPENED = 10;

/** Characters of an attempt's ID in its cookie's name. */
const ID_LENGTH = 16;
/** The form of a sealed attempt. Its three random values alone take more than 200 characters. */
const SEALED = /^\w+\.[\w-]+\.[\w-]{200,}$/;

/** A cookie of a request that has the name of an attempt's cookie. */
export interface PendingCookie {
  readonly name: string;
  /** Characters that it takes in the `Cookie` header. */
  readonly size: number;
  /** When its attempt began. {@link NOT_OPENED}, {@link FOREIGN} or {@link UNREADABLE}, where that is unknown. */
  readonly at: number;
  /** Whether it is of this instance. */
  readonly isOwn: boolean;
}

/** Of a cookie that was not decrypted, because the request has newer ones: it counts as older than those. */
const NOT_OPENED = -1;
/** Of a cookie of another instance, which this one cannot decrypt. */
const FOREIGN = -2;
/** Of a cookie that is forged or damaged. */
const UNREADABLE = -Infinity;

/** The cookies of attempts: each is sealed under its own name. */
export class AttemptCookies {
  readonly #sealer: Sealer;
  readonly #tag: string;

  /** @param tag - separates the cookies of several instances */
  constructor(sealer: Sealer, tag: string) {
    this.#sealer = sealer;
    this.#tag = tag;
  }

  /** The cookie of an attempt, as `name=value`. */
  seal(attempt: Attempt): string {
    const name = this.#name(attempt.redirectUri, idOf(attempt.state));
    return `${name}=${this.#sealer.seal(JSON.stringify(attempt), name)}`;
  }

  /** The attempt that a request's cookie holds for a `state`. */
  open(request: RequestView, state: string, redirectUri: string): Attempt | undefined {
    const name = this.#name(redirectUri, idOf(state));
    return this.#open(name, parseCookies(request.header("cookie")).get(name));
  }

  /** Adds a cookie that {@link seal} made to the response. */
  send(request: RequestView, cookie: string, redirectUri: string, seconds: number): void {
    request.appendHeader("Set-Cookie", cookie + cookieAttributes(isHttps(redirectUri), seconds));
  }

  /** Deletes the cookie of an attempt. */
  delete(request: RequestView, state: string, redirectUri: string): void {
    this.send(request, `${this.#name(redirectUri, idOf(state))}=`, redirectUri, 0);
  }

  /** The pending attempts of a request, the newest first. Those of other instances and unreadable cookies are at the end. */
  pending(request: RequestView, redirectUri: string): PendingCookie[] {
    const prefix = this.#name(redirectUri, "");
    const found: PendingCookie[] = [];
    let opened = 0;
    // Browsers send the cookies that were made last at the end (RFC 6265 section 5.4).
    for (const [name, value] of [...parseCookies(request.header("cookie"))].toReversed()) {
      if (!ATTEMPT_NAME.test(name)) continue;
      const size = sizeInLine(name, value);
      const isOwn = name.startsWith(prefix);
      let at = isOwn ? UNREADABLE : FOREIGN;
      if (isOwn && size <= MAX_COOKIE && SEALED.test(value)) {
        at = opened < MAX_OPENED ? (this.#open(name, value)?.at ?? UNREADABLE) : NOT_OPENED;
        opened += 1;
      }
      found.push({ name, size, at, isOwn });
    }
    return found.toSorted((a, b) => (a.at === b.at ? 0 : b.at - a.at));
  }

  /** Deletes cookies of {@link pending}, within the limit of one response. The last ones of the list go first. */
  drop(request: RequestView, cookies: readonly PendingCookie[]): void {
    for (const { name } of cookies.slice(-MAX_DELETED)) {
      request.appendHeader("Set-Cookie", `${name}=${cookieAttributes(name.startsWith("__Host-"), 0)}`);
    }
  }

  #open(name: string, value: string | undefined): Attempt | undefined {
    if (value === undefined || value.length > MAX_COOKIE) return undefined;
    const opened = this.#sealer.open(value, name);
    return "plaintext" in opened ? (JSON.parse(opened.plaintext) as Attempt) : undefined;
  }

  #name(redirectUri: string, id: string): string {
    return protectedName(`scopegate_${this.#tag}_${id}`, isHttps(redirectUri));
  }
}

/** The ID of the attempt with a `state`. It reveals nothing of the `state`. */
export function idOf(state: string): string {
  return createHash("sha256").update(state).digest("base64url").slice(0, ID_LENGTH);
}
