import type { VerifiedUser } from "../google/user.ts";
import type { RequestView } from "../http/request-view.ts";
import type { SessionHandle } from "../http/session-handle.ts";
import { BoundedMap } from "../util/bounded-map.ts";
import { requireSession } from "./session.ts";

/** Who signed in, and what they had granted by then: what a session keeps, in the clear and without tokens. */
export interface SignIn {
  /** Names this sign-in; 128 bits, not secret. */
  readonly id: string;
  readonly user: VerifiedUser;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The app's own user at that time (`userId`). */
  readonly owner?: string;
  /** Canonical and sorted. */
  readonly scopes: readonly string[];
  /** Scopes that the user was asked for and left out, and when. */
  readonly declined?: { readonly scopes: readonly string[]; readonly at: number };
}

/** What a sign-in that has ended leaves in a session. */
interface SignedOut {
  /** The app's own user, who signed out of Google while the app still knows them by `userId`. */
  readonly signedOutOwner?: string;
  /** Whose content the session may still hold. */
  readonly formerSubject?: string;
}

/**
 * A slow request saves a session as it was before the sign-out, under an ID that nobody may use until much later: for
 * as long as session stores keep one by default.
 */
const MEMORY_MS = 24 * 3600_000;
const MEMORY_SIZE = 20_000;

/** Reads and writes the sign-in that a session holds for one Scopegate instance. */
export class SignIns {
  readonly #key: string;
  readonly #ended: BoundedMap<true>;

  constructor(key: string, now: () => number) {
    this.#key = key;
    this.#ended = new BoundedMap(MEMORY_SIZE, MEMORY_MS, now);
  }

  /** The sign-in of this session, if it is still in force and belongs to the app's present user. */
  read(request: RequestView): SignIn | undefined {
    const session = requireSession(request);
    const value = session.get(this.#key);
    if (!isSignIn(value) || value.owner !== request.userId) return undefined;
    if (!this.#ended.get(value.id)) return value;
    // A slow request brought it back, and with it what the app had put there for that user.
    this.#leave(session, value.owner, value.user.sub);
    return undefined;
  }

  /** Whether the app's present user signed out of Google in this session. */
  isSignedOut(request: RequestView): boolean {
    const value = requireSession(request).get(this.#key) as Partial<SignedOut> | undefined;
    return value?.signedOutOwner !== undefined && value.signedOutOwner === request.userId;
  }

  write(session: SessionHandle, signIn: SignIn): void {
    session.set(this.#key, signIn);
  }

  /** Whose content the session may still hold, though their sign-in has ended. */
  formerSubject(session: SessionHandle): string | undefined {
    return (session.get(this.#key) as Partial<SignedOut> | undefined)?.formerSubject;
  }

  /** Ends a sign-in for good: a copy of the session that a slow request saves later does not bring it back. */
  end(session: SessionHandle, signIn: SignIn | undefined, owner: string | undefined): void {
    if (signIn !== undefined) this.#ended.set(signIn.id, true);
    this.#leave(session, owner, signIn?.user.sub);
  }

  #leave(session: SessionHandle, owner: string | undefined, formerSubject: string | undefined): void {
    const left: SignedOut = {
      ...(owner !== undefined && { signedOutOwner: owner }),
      ...(formerSubject !== undefined && { formerSubject }),
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
