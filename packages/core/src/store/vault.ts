import { randomInt } from "node:crypto";
import { AuthError } from "../errors/auth-error.ts";
import type { Sealer } from "../seal/sealer.ts";
import { callStore } from "./call-store.ts";
import type { Grant, VersionedGrant } from "./grant.ts";
import { tokenDigests } from "./token-digests.ts";
import type { BoundTokenStore, GrantKey, Lease, OwnerId, StoredGrant, TokenStore } from "./types.ts";

/** How often a grant is read and encrypted again where another writer was faster. */
const MAX_CONFLICTS = 5;

/** The outcome of {@link GrantVault.reseal} for one grant. */
export type Resealed = "resealed" | "skipped" | "unreadable";

/**
 * Encrypts grants on their way into a token store, decrypts them on their way out, and turns each failure of the store
 * into `store_unavailable`. `has`, `get` and `list` return a promise only where the store does. With a session token
 * store `has` takes 0.21 µs, and each `await` between it and the guard would add 0.05 µs (Node.js 24.21).
 */
export class GrantVault {
  readonly store: TokenStore | BoundTokenStore;
  readonly #sealer: Sealer;
  readonly #forgetsUnreadable: boolean;

  /**
   * @param forgetsUnreadable - whether a grant that does not decrypt is deleted and counts as missing. This is right for
   *   a session, which ends anyway, but not for a shared store, where the missing key may come back.
   */
  constructor(store: TokenStore | BoundTokenStore, sealer: Sealer, { forgetsUnreadable = false } = {}) {
    this.store = store;
    this.#sealer = sealer;
    this.#forgetsUnreadable = forgetsUnreadable;
  }

  /** Whether the store has a grant. It is not decrypted. */
  has(key: GrantKey): boolean | Promise<boolean> {
    const found = callStore(() => this.store.get(key));
    return found instanceof Promise ? found.then((stored) => stored !== undefined) : found !== undefined;
  }

  /**
   * Reads and decrypts a grant.
   * @throws AuthError `unreadable_grant` where it does not decrypt, unless unreadable grants are deleted
   */
  get(key: GrantKey): VersionedGrant | undefined | Promise<VersionedGrant | undefined> {
    const found = callStore(() => this.store.get(key));
    return found instanceof Promise ? found.then((stored) => this.#open(key, stored)) : this.#open(key, found);
  }

  /**
   * Encrypts and writes a grant.
   * @param ifVersion - the version that the store must hold, or `0` for none
   * @param fence - the fencing token of the caller's lease
   * @returns the written grant, or `undefined` where the store holds another version or rejects the fencing token
   */
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

  /** @returns whether there is no grant now; `false` where the store holds another version than `ifVersion` */
  async delete(key: GrantKey, ifVersion?: number): Promise<boolean> {
    return callStore(() => this.store.delete(key, ifVersion === undefined ? {} : { ifVersion }));
  }

  /** The keys of an owner's grants, the one that was written last first. */
  list(client: string, owner: OwnerId): readonly GrantKey[] | Promise<readonly GrantKey[]> {
    return callStore(() => this.store.list(client, owner));
  }

  /**
   * Runs `work` under the store's lease of a key.
   * @throws the error of `work`, unchanged; AuthError `store_unavailable` where the store itself fails
   */
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
    if (outcome === undefined)
      throw new AuthError("store_unavailable", { detail: "`exclusively` of the store did not run its work" });
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  /**
   * Encrypts a grant with the newest key, unless that key has encrypted it already. It writes by compare-and-set, so that
   * it never overwrites a newer version.
   */
  async reseal(key: GrantKey, found: StoredGrant): Promise<Resealed> {
    let stored: StoredGrant | undefined = found;
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      // The grant was deleted meanwhile, or a process with the newest key has written it.
      if (stored === undefined || this.#sealer.isCurrent(stored.payload)) return "skipped";
      const opened = this.#sealer.open(stored.payload, contextOf(key));
      if ("failure" in opened) return "unreadable";
      if ((await this.put(key, JSON.parse(opened.plaintext) as Grant, stored.version)) !== undefined) return "resealed";
      stored = await callStore(() => this.store.get(key));
    }
    throw new AuthError("store_unavailable", {
      detail: `other processes changed a grant ${MAX_CONFLICTS} times while reseal() encrypted it again; the grant is still stored, so call reseal() again`,
    });
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
          opened.failure === "unknown_key"
            ? "it was encrypted with a key that is not among `encryptionKeys`"
            : "it was altered, or copied from another user's record",
      });
    }
    return { version: stored.version, grant: JSON.parse(opened.plaintext) as Grant };
  }
}

/**
 * The first version of a grant. It is random and not 1, so that a request that read a grant cannot overwrite or delete the
 * grant that replaced it after a deletion.
 */
function firstVersion(): number {
  return randomInt(1, 2 ** 30);
}

/** The context that a grant is encrypted with, so that it does not decrypt under another user's key. */
function contextOf({ client, owner, account }: GrantKey): string {
  return JSON.stringify([client, owner, account]);
}
