import type { VerifiedUser } from "../google/user.ts";
import type { RequestView } from "../http/request-view.ts";
import type { SessionHandle } from "../http/session-handle.ts";
import { BoundedMap } from "../util/bounded-map.ts";
import { requireSession } from "./session.ts";

/** The part of a grant that the session keeps: in the clear and without tokens. */
export interface SignIn {
  /** Identifies this sign-in: 128 bits, not secret. */
  readonly id: string;
  readonly user: VerifiedUser;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The app's own user at that time, by the option `userId`. */
  readonly userId?: string;
  /** Google decides who the app's user is: this sign-in changed the answer of `userId`. */
  readonly decidesUser?: true;
  /** Granted scopes, canonical and sorted. */
  readonly scopes: readonly string[];
  /** Scopes that the user was asked for and declined, and when. */
  readonly declined?: { readonly scopes: readonly string[]; readonly at: number };
}

/** The trace that an ended sign-in leaves in a session. */
interface SignedOut {
  /** The app's own user, who signed out of Google while still logged in to the app. */
  readonly signedOutUserId?: string;
  /** The subject whose content the session may still hold. */
  readonly formerSubject?: string;
  /** The sign-in decided who the app's user is, so that the session's content must not outlive it. */
  readonly decidedUser?: true;
}

/**
 * A slow request can save the session with a sign-in that has ended meanwhile, so this process remembers ended sign-ins
 * for 24 hours: for as long as session stores keep a session by default.
 */
const MEMORY_MS = 24 * 3600_000;
const MEMORY_SIZE = 20_000;

/** For how long a refusal by the option `admit` is remembered. */
const REFUSED_MS = 10 * 60_000;

/** Reads and writes the sign-in that a session holds for one Scopegate instance. */
export class SignIns {
  readonly #key: string;
  readonly #ended: BoundedMap<true>;
  readonly #refused: BoundedMap<boolean>;

  constructor(key: string, now: () => number) {
    this.#key = key;
    this.#ended = new BoundedMap(MEMORY_SIZE, MEMORY_MS, now);
    this.#refused = new BoundedMap(MEMORY_SIZE, REFUSED_MS, now);
  }

  /** The sign-in of this session, unless it has ended or belongs to another user of the app. */
  read(request: RequestView): SignIn | undefined {
    const session = requireSession(request);
    const value = session.get(this.#key);
    if (!isSignIn(value) || value.userId !== request.userId) return undefined;
    if (!this.#ended.get(value.id)) return value;
    // A slow request restored the ended sign-in, and with it the content that the app kept for that user.
    this.#leave(session, value, value.userId);
    return undefined;
  }

  /** Whether the session still has the content of an ended sign-in that decided who the app's user was. */
  hasLeftovers(request: RequestView): boolean {
    return (requireSession(request).get(this.#key) as Partial<SignedOut> | undefined)?.decidedUser === true;
  }

  /** Whether the app's present user signed out of Google in this session. */
  isSignedOut(request: RequestView): boolean {
    const value = requireSession(request).get(this.#key) as Partial<SignedOut> | undefined;
    return value?.signedOutUserId !== undefined && value.signedOutUserId === request.userId;
  }

  /** Whether the option `admit` has refused this subject in the last ten minutes, and not admitted it since. */
  isRefused(subject: string): boolean {
    return this.#refused.get(subject) === true;
  }

  rememberRefusal(subject: string, isRefused: boolean): void {
    if (isRefused || this.#refused.get(subject)) this.#refused.set(subject, isRefused);
  }

  /** Marks the session's content as that of a sign-in that is not complete or has ended. */
  markLeftovers(session: SessionHandle): void {
    session.set(this.#key, { decidedUser: true } satisfies SignedOut);
  }

  write(session: SessionHandle, signIn: SignIn): void {
    session.set(this.#key, signIn);
  }

  /** The subject of an ended sign-in whose content the session may still hold. */
  formerSubject(session: SessionHandle): string | undefined {
    return (session.get(this.#key) as Partial<SignedOut> | undefined)?.formerSubject;
  }

  /** Ends a sign-in for good: a copy of the session that a slow request saves later does not restore it. */
  end(session: SessionHandle, signIn: SignIn | undefined, userId: string | undefined): void {
    if (signIn !== undefined) this.#ended.set(signIn.id, true);
    this.#leave(session, signIn, userId);
  }

  #leave(session: SessionHandle, signIn: SignIn | undefined, userId: string | undefined): void {
    const left: SignedOut = {
      ...(userId !== undefined && { signedOutUserId: userId }),
      ...(signIn !== undefined && { formerSubject: signIn.user.sub }),
      ...(signIn?.decidesUser && { decidedUser: true }),
    };
    if (Object.keys(left).length > 0) session.set(this.#key, left);
    else session.delete(this.#key);
  }
}

function isSignIn(value: unknown): value is SignIn {
  if (typeof value !== "object" || value === null) return false;
  const { id, user, scopes } = value as Partial<SignIn>;
  return typeof id === "string" && typeof user?.sub === "string" && Array.isArray(scopes);
}
