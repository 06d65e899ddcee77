import type { SessionHandle } from "../http/session-handle.ts";

/** Which grant: one Google account of one owner, given to one OAuth client. */
export interface GrantKey {
  /** The OAuth client ID. */
  readonly client: string;
  /** The app's own user (`userId`), or else the Google subject that signed in. */
  readonly owner: string;
  /** The Google subject whose data the grant opens. */
  readonly account: string;
}

/** A grant as a store keeps it: opaque, sealed by core before it arrives. */
export interface StoredGrant {
  /** Names the grant for as long as it lives, through all its versions; 128 bits, not secret. */
  readonly id: string;
  /** What compare-and-set compares: random at first, below 2^30, and one more at every write. */
  readonly version: number;
  /** The sealed grant: printable ASCII, usually 1 to 4 KB. */
  readonly payload: string;
}

/** Conditions and index entries of a write. */
export interface PutOptions {
  /** The version that must be there now; `0`: nothing may be there; absent: whatever is there is replaced. */
  readonly ifVersion?: number;
  /**
   * The fence of the lease that this write happens under. A store refuses an older one than has written here, and any
   * that was given before the grant was last deleted: it remembers for a day at least, longer than a process is paused.
   */
  readonly fence?: number;
  /** Digests of the grant's refresh token, for {@link TokenStore.byTokenDigest}. */
  readonly digests?: readonly string[];
  /** When the grant is of no more use, in milliseconds since the epoch; a store may drop it then. */
  readonly expiresAt?: number;
}

/** What the work under a lease is given. */
export interface Lease {
  /** Grows with every lease of this key; pass it to {@link TokenStore.put}. */
  readonly fence: number;
  /** Aborts when the lease is lost. */
  readonly signal: AbortSignal;
}

/** What a store can promise. */
export interface StoreCapabilities {
  /** Whether grants outlive the process. */
  readonly durable: boolean;
  /** Whether several processes see the same grants, with compare-and-set between them. */
  readonly shared: boolean;
}

/**
 * Where grants live. A store moves opaque records; it knows nothing of OAuth, and never sees a token.
 *
 * Every method may reject; the rejection reaches the app as an `AuthError` of code `store_unavailable`.
 */
export interface TokenStore {
  readonly capabilities: StoreCapabilities;
  get(key: GrantKey): StoredGrant | undefined | Promise<StoredGrant | undefined>;
  /** @returns whether it was written; `false`: the condition did not hold, and nothing changed */
  put(key: GrantKey, grant: StoredGrant, options?: PutOptions): boolean | Promise<boolean>;
  /** @returns whether the grant is gone; `false`: there is another version than `ifVersion` now */
  delete(key: GrantKey, options?: { readonly ifVersion?: number }): boolean | Promise<boolean>;
  /** The accounts that an owner has given this client, the latest written first. */
  list(client: string, owner: string): readonly GrantKey[] | Promise<readonly GrantKey[]>;
  /** Every owner's grant of a Google subject. */
  keysOf(client: string, subject: string): readonly GrantKey[] | Promise<readonly GrantKey[]>;
  /** The grants whose refresh token has this digest: security events name tokens, not subjects. */
  byTokenDigest(client: string, digest: string): readonly GrantKey[] | Promise<readonly GrantKey[]>;
  /** All of a client's grants, for maintenance. */
  entries(client: string): AsyncIterable<readonly [GrantKey, StoredGrant]>;
  /** Runs `work` while nobody else runs theirs for this key. The work's error is passed on, and the lease ends. */
  exclusively<T>(key: GrantKey, work: (lease: Lease) => Promise<T>): Promise<T>;
  /** When a subject was last signed out everywhere, in milliseconds since the epoch. */
  signedOutAt(client: string, subject: string): number | undefined | Promise<number | undefined>;
  setSignedOut(client: string, subject: string, at: number): void | Promise<void>;
  /** Lets go of what the store opened itself; an injected client stays open. */
  close?(): void | Promise<void>;
}

/** A token store that lives inside each user's session, and so exists only with a request. */
export interface SessionBoundStore {
  readonly kind: "session";
  /** The store as one session sees it. Reads are synchronous: no I/O beyond the session's own. */
  bind(session: SessionHandle, sessionKey: string): BoundTokenStore;
}

/** What a session-bound store offers once it has its session: what one user's own request can ask for. */
export interface BoundTokenStore extends Pick<TokenStore, "capabilities" | "put" | "exclusively"> {
  get(key: GrantKey): StoredGrant | undefined;
  delete(key: GrantKey, options?: { readonly ifVersion?: number }): boolean;
  list(client: string, owner: string): readonly GrantKey[];
}
