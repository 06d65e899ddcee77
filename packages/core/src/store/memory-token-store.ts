import { BoundedMap } from "../util/bounded-map.ts";
import { KeyedLock } from "../util/keyed-lock.ts";
import type { GrantKey, StoredGrant, TokenStore } from "./types.ts";

/** Options of {@link memoryTokenStore}. */
export interface MemoryTokenStoreOptions {
  /**
   * The most grants that the store keeps, a whole number of at least 1. Beyond it, the grant that was unused longest is
   * dropped. Default 10,000.
   */
  readonly maxGrants?: number;
}

/** How long fencing tokens are remembered, in milliseconds. No process is paused for a day. */
const FENCE_MEMORY_MS = 24 * 3_600_000;

interface Entry {
  readonly key: GrantKey;
  readonly grant: StoredGrant;
  readonly digests: readonly string[];
  readonly expiresAt: number;
  /** The number of this write among all writes of the store. */
  readonly written: number;
}

/**
 * Creates a token store in this process's memory. Use it for tests, trials and apps of one process whose users can sign
 * in again: grants are gone when the process ends. `list` and `keysOf` go through all grants.
 * @throws TypeError where `maxGrants` is not a whole number of at least 1
 *
 * @example
 * ```ts
 * import { googleOAuth, memoryTokenStore } from "@scopegate/express";
 *
 * app.use(googleOAuth({ store: memoryTokenStore({ maxGrants: 1_000 }) }));
 * ```
 */
export function memoryTokenStore(options: MemoryTokenStoreOptions = {}): TokenStore {
  const maxGrants = options.maxGrants ?? 10_000;
  if (!Number.isInteger(maxGrants) || maxGrants < 1) {
    throw new TypeError(
      `memoryTokenStore: \`maxGrants\` must be a whole number of at least 1, not ${String(maxGrants)}`,
    );
  }
  // In the order of use: the grant that was unused longest comes first.
  const entries = new Map<string, Entry>();
  const signOuts = new Map<string, number>();
  const lock = new KeyedLock();
  // The lowest fencing token that may write a key. It outlives the grant: a lease from before a deletion must not write.
  const barriers = new BoundedMap<number>(maxGrants, FENCE_MEMORY_MS, () => Date.now());
  let fences = 0;
  let writes = 0;

  // JSON, since an owner or account may contain any separator.
  const recordKey = ({ client, owner, account }: GrantKey) => JSON.stringify([client, owner, account]);
  const signOutOf = (client: string, subject: string) => JSON.stringify([client, subject]);
  const alive = (entry: Entry | undefined) => (entry !== undefined && entry.expiresAt > Date.now() ? entry : undefined);
  const keysWhere = (matches: (entry: Entry) => boolean) =>
    [...entries.values()]
      .filter((entry) => alive(entry) && matches(entry))
      .toSorted((a, b) => b.written - a.written)
      .map(({ key }) => key);

  return {
    capabilities: { durable: false, shared: false },
    get(key) {
      const name = recordKey(key);
      const entry = entries.get(name);
      if (entry === undefined) return undefined;
      entries.delete(name);
      if (!alive(entry)) return undefined;
      entries.set(name, entry);
      return entry.grant;
    },
    put(key, grant, { ifVersion, fence, digests = [], expiresAt = Infinity } = {}) {
      const name = recordKey(key);
      const present = alive(entries.get(name));
      if (ifVersion !== undefined && ifVersion !== (present?.grant.version ?? 0)) return false;
      if (fence !== undefined) {
        if (fence < (barriers.get(name) ?? 0)) return false;
        barriers.set(name, fence);
      }
      entries.delete(name);
      entries.set(name, {
        key,
        grant,
        digests,
        expiresAt,
        written: ++writes,
      });
      for (const oldest of entries.keys()) {
        if (entries.size <= maxGrants) break;
        entries.delete(oldest);
      }
      return true;
    },
    delete(key, { ifVersion } = {}) {
      const name = recordKey(key);
      const present = alive(entries.get(name));
      if (present !== undefined && ifVersion !== undefined && present.grant.version !== ifVersion) return false;
      if (entries.delete(name)) barriers.set(name, fences);
      return true;
    },
    list: (client, owner) => keysWhere(({ key }) => key.client === client && key.owner === owner),
    keysOf: (client, subject) => keysWhere(({ key }) => key.client === client && key.account === subject),
    byTokenDigest: (client, digest) =>
      keysWhere(({ key, digests }) => key.client === client && digests.includes(digest)),
    async *entries(client) {
      // A copy, since reading or rewriting a grant moves it to the end of the map.
      const present = [...entries.values()].filter((entry) => entry.key.client === client && alive(entry));
      for (const { key, grant } of present) yield [key, grant] as const;
    },
    exclusively: (key, work) =>
      lock.run(recordKey(key), () => work({ fence: ++fences, signal: new AbortController().signal })),
    signedOutAt: (client, subject) => signOuts.get(signOutOf(client, subject)),
    setSignedOut(client, subject, at) {
      const name = signOutOf(client, subject);
      signOuts.set(name, Math.max(at, signOuts.get(name) ?? at));
    },
  };
}
