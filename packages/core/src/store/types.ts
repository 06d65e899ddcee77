import type { SessionHandle } from "../http/session-handle.ts";
import type { OwnerId } from "./owner-id.ts";

export type { OwnerId } from "./owner-id.ts";

/** The key of a grant: one Google account of one owner, granted to one OAuth client. */
export interface GrantKey {
  /** The OAuth client ID. With another issuer than Google: the client ID, ` at ` and the issuer. */
  readonly client: string;
  /** The owner of the grant: the app's user (option `userId`) or, where there is none, the Google account that signed in. */
  readonly owner: OwnerId;
  /** The subject (`sub` claim) of the Google account whose data the grant gives access to. */
  readonly account: string;
}

/** A grant as a store keeps it. Core encrypts the tokens before a store gets them. */
export interface StoredGrant {
  /** Identifies the grant through all its versions, until it is deleted: 128 random bits, not secret. */
  readonly id: string;
  /**
   * The version that `ifVersion` is compared with: a whole number. The first version of a grant is random and below 2^30;
   * each write adds 1.
   */
  readonly version: number;
  /** The encrypted grant: printable ASCII, usually 1 to 4 KB. */
  readonly payload: string;
}

/** Conditions and index entries of a write. */
export interface PutOptions {
  /**
   * The version that the store must hold for the write to happen; `0` means that it must hold no grant. Without this
   * option the write replaces any grant.
   */
  readonly ifVersion?: number;
  /**
   * The fencing token of the lease that the caller holds. A store rejects the write where a higher token has written this
   * key, or where the token was issued before the grant was last deleted. A store remembers the tokens of a key for at
   * least a day, which is longer than a process can be paused.
   */
  readonly fence?: number;
  /** Digests of the grant's refresh token, for {@link TokenStore.byTokenDigest}. They replace those of the last write. */
  readonly digests?: readonly string[];
  /** When the grant becomes useless, in milliseconds since the epoch. The store may delete it then. Default: never. */
  readonly expiresAt?: number;
}

/** A lease: the exclusive right to refresh a grant. */
export interface Lease {
  /** The fencing token, which is higher for each lease of the key. Pass it to {@link TokenStore.put}. */
  readonly fence: number;
  /** Aborts where the lease is lost before the work has ended, for example because the process was paused. */
  readonly signal: AbortSignal;
}

/** The guarantees of a store. */
export interface StoreCapabilities {
  /** Whether grants survive the end of the process. */
  readonly durable: boolean;
  /** Whether several processes share the grants, with compare-and-set and leases between them. */
  readonly shared: boolean;
}

/**
 * A store of grants. It moves opaque records and needs no knowledge of OAuth; it never sees a token in plain text.
 *
 * Each method may return its result or a promise of it. Where a method throws, rejects or does not respond within the
 * option `timeout`, the app gets an `AuthError` `store_unavailable` (503), and no grant is deleted.
 *
 * `tokenStoreContract()` of `@scopegate/core/store-contract` tests a store of your own, and
 * `@scopegate/core/store-kit` has building blocks for it.
 *
 * @example
 * ```ts
 * import { googleOAuth, memoryTokenStore } from "@scopegate/express";
 * import type { TokenStore } from "@scopegate/express";
 *
 * // A store that logs each deletion, built upon another store.
 * const inner = memoryTokenStore();
 * const store: TokenStore = {
 *   ...inner,
 *   async delete(key, options) {
 *     const isGone = await inner.delete(key, options);
 *     console.log(`deleted a grant of ${key.owner}: ${isGone}`);
 *     return isGone;
 *   },
 * };
 * app.use(googleOAuth({ store }));
 * ```
 */
export interface TokenStore {
  readonly capabilities: StoreCapabilities;
  /** @returns the grant, or `undefined` where there is none or it has expired */
  get(key: GrantKey): StoredGrant | undefined | Promise<StoredGrant | undefined>;
  /**
   * Writes a grant, atomically with the checks of `ifVersion` and `fence`.
   * @returns whether the grant was written; `false` where a condition did not hold, and then nothing has changed
   */
  put(key: GrantKey, grant: StoredGrant, options?: PutOptions): boolean | Promise<boolean>;
  /**
   * Deletes a grant: with `ifVersion`, only this version; otherwise any.
   * @returns whether there is no grant now; `false` where the store holds another version than `ifVersion`
   */
  delete(key: GrantKey, options?: { readonly ifVersion?: number }): boolean | Promise<boolean>;
  /** The keys of an owner's grants, the one that was written last first. */
  list(client: string, owner: OwnerId): readonly GrantKey[] | Promise<readonly GrantKey[]>;
  /** The keys of all grants of a Google account, for all owners, in any order. */
  keysOf(client: string, subject: string): readonly GrantKey[] | Promise<readonly GrantKey[]>;
  /** The keys of the grants whose last write had this digest. Google's security events name tokens by their digests. */
  byTokenDigest(client: string, digest: string): readonly GrantKey[] | Promise<readonly GrantKey[]>;
  /**
   * All grants of a client, for maintenance. A grant that exists during the whole iteration comes exactly once, even where
   * it is rewritten meanwhile. A grant that is added or deleted meanwhile may come or not.
   */
  entries(client: string): AsyncIterable<readonly [GrantKey, StoredGrant]>;
  /**
   * Runs `work` while it holds the lease of a key, so that only one call at a time works on this key: across processes
   * where the store is shared, otherwise within this process. The lease ends when `work` has settled.
   * @returns the result of `work`; rejects with its error, unchanged
   */
  exclusively<T>(key: GrantKey, work: (lease: Lease) => Promise<T>): Promise<T>;
  /** @returns when {@link setSignedOut} was last called for this Google account, in milliseconds since the epoch */
  signedOutAt(client: string, subject: string): number | undefined | Promise<number | undefined>;
  /**
   * Records that a Google account was signed out on all devices. The latest time wins, in any order of the calls.
   * @param at - milliseconds since the epoch
   */
  setSignedOut(client: string, subject: string, at: number): void | Promise<void>;
  /** Closes what the store itself has opened. A client that the app passed in stays open. */
  close?(): void | Promise<void>;
}

/** A token store that keeps grants in each user's session. It exists only during a request. */
export interface SessionBoundStore {
  readonly kind: "session";
  /**
   * The store as one session sees it.
   * @param sessionKey - the session's key for the grants
   */
  bind(session: SessionHandle, sessionKey: string): BoundTokenStore;
}

/**
 * The token store of one session. Its reads are synchronous and cause no I/O, since the session is loaded already. It has
 * no method that would need other users' sessions.
 */
export interface BoundTokenStore extends Pick<TokenStore, "capabilities" | "put" | "exclusively"> {
  get(key: GrantKey): StoredGrant | undefined;
  delete(key: GrantKey, options?: { readonly ifVersion?: number }): boolean;
  list(client: string, owner: OwnerId): readonly GrantKey[];
}
