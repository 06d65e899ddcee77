import { randomInt } from "node:crypto";
import { AuthError } from "../errors/auth-error.ts";
import type { Sealer } from "../seal/sealer.ts";
import { callStore } from "./call-store.ts";
import type { Grant, VersionedGrant } from "./grant.ts";
import { tokenDigests } from "./token-digests.ts";
import type { BoundTokenStore, GrantKey, Lease, StoredGrant, TokenStore } from "./types.ts";

/** Times that a grant is resealed anew when another writer was faster. */
const MAX_CONFLICTS = 5;

/** What resealing made of a grant. */
export type Resealed = "resealed" | "skipped" | "unreadable";

/**
 * Grants in and out of a token store: sealed on the way in, opened on the way out, and every failure of the store told
 * as `store_unavailable`. Synchronous where the store is, so that a session store costs a guard no promise.
 */
export class GrantVault {
  readonly store: TokenStore | BoundTokenStore;
  readonly #sealer: Sealer;
  readonly #forgetsUnreadable: boolean;

  /**
   * @param forgetsUnreadable - whether a grant that does not open is deleted and counts as none: right for a session,
   *   which ends anyway, and wrong for a store, where the missing key may come back
   */
  constructor(store: TokenStore | BoundTokenStore, sealer: Sealer, { forgetsUnreadable = false } = {}) {
    this.store = store;
    this.#sealer = sealer;
    this.#forgetsUnreadable = forgetsUnreadable;
  }

  /** Whether there is a grant, without opening it. */
  has(key: GrantKey): boolean | Promise<boolean> {
    const found = callStore(() => this.store.get(key));
    return found instanceof Promise ? found.then((stored) => stored !== undefined) : found !== undefined;
  }

  get(key: GrantKey): VersionedGrant | undefined | Promise<VersionedGrant | undefined> {
    const found = callStore(() => this.store.get(key));
    return found instanceof Promise ? found.then((stored) => this.#open(key, stored)) : this.#open(key, found);
  }

  /** @returns the grant as stored, or `undefined` where another version than `ifVersion` is there */
  async put(key: GrantKey, grant: Grant, ifVersion: number, fence?: number): Promise<VersionedGrant | undefined> {
    const version = ifVersion === 0 ? firstVersion() : ifVersion + 1;
    const stored: StoredGrant = {
      id: grant.id,
      version,
      payload: this.#sealer.seal(JSON.stringify(grant), contextOf(key)),
    };
    const written = await callStore(() =>
      this.store.put(key, stored, {
        ifVersion,
        ...(fence !== undefined && { fence }),
        ...(grant.refreshToken !== undefined && { digests: tokenDigests(grant.refreshToken) }),
        ...(grant.refreshTokenExpiresAt !== undefined && { expiresAt: grant.refreshTokenExpiresAt }),
      }),
    );
    return written ? { version, grant } : undefined;
  }

  /** @returns whether the grant is gone; `false`: there is a newer one than `ifVersion` */
  async delete(key: GrantKey, ifVersion?: number): Promise<boolean> {
    return callStore(() => this.store.delete(key, ifVersion === undefined ? {} : { ifVersion }));
  }

  list(client: string, owner: string): readonly GrantKey[] | Promise<readonly GrantKey[]> {
    return callStore(() => this.store.list(client, owner));
  }

  /** The store's lease on a key. Errors of `work` pass unchanged; the store's own become `store_unavailable`. */
  async exclusively<T>(key: GrantKey, work: (lease: Lease) => Promise<T>): Promise<T> {
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
    await callStore(() =>
      this.store.exclusively(key, async (lease) => {
        outcome = await work(lease).then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        );
      }),
    );
    if (outcome === undefined) throw new AuthError("store_unavailable", { detail: "the store did not run the work" });
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  /** Seals a grant by the newest key, unless it is already; by compare-and-set, so that no newer one is overwritten. */
  async reseal(key: GrantKey, found: StoredGrant): Promise<Resealed> {
    let stored: StoredGrant | undefined = found;
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      // Deleted meanwhile, or written by who has the newest key.
      if (stored === undefined || this.#sealer.isCurrent(stored.payload)) return "skipped";
      const opened = this.#sealer.open(stored.payload, contextOf(key));
      if ("failure" in opened) return "unreadable";
      if ((await this.put(key, JSON.parse(opened.plaintext) as Grant, stored.version)) !== undefined) return "resealed";
      stored = await callStore(() => this.store.get(key));
    }
    throw new AuthError("store_unavailable", { detail: "the grant kept changing while it was sealed anew" });
  }

  #open(key: GrantKey, stored: StoredGrant | undefined): VersionedGrant | undefined {
    if (stored === undefined) return undefined;
    const opened = this.#sealer.open(stored.payload, contextOf(key));
    if ("failure" in opened) {
      if (this.#forgetsUnreadable) {
        void this.store.delete(key);
        return undefined;
      }
      throw new AuthError("unreadable_grant", {
        detail:
          opened.failure === "unknown_key" ? "sealed by an unknown key" : "altered, or stored under another user's key",
      });
    }
    return { version: stored.version, grant: JSON.parse(opened.plaintext) as Grant };
  }
}

/**
 * A grant's first version. Not 1: who read a grant that was then deleted and given anew must not find the version that
 * they read, and overwrite or delete the new grant for the old one's sake.
 */
function firstVersion(): number {
  return randomInt(1, 2 ** 30);
}

/** What a sealed grant is bound to: moved under another user's key, it does not open. */
function contextOf({ client, owner, account }: GrantKey): string {
  return JSON.stringify([client, owner, account]);
}
