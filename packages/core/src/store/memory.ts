import { BoundedMap } from "../util/bounded-map.ts";
import { KeyedLock } from "../util/keyed-lock.ts";
import type { GrantKey, StoredGrant, TokenStore } from "./types.ts";

/** Options of {@link memoryTokenStore}. */
export interface MemoryTokenStoreOptions {
  /** How many grants are kept, at least 1; beyond it the longest unused is dropped. Default 10,000. */
  readonly maxGrants?: number;
}

/** How long fences are remembered, in milliseconds: no process is paused for a day. */
const FENCE_MEMORY_MS = 24 * 3_600_000;

interface Entry {
  readonly key: GrantKey;
  readonly grant: StoredGrant;
  readonly digests: readonly string[];
  readonly expiresAt: number;
  /** Grows with every write of the store. */
  readonly written: number;
}

/**
 * A token store in this process's memory: for tests, trials and single-process apps that may forget.
 * Grants are gone when the process ends.
 */
export function memoryTokenStore(options: MemoryTokenStoreOptions = {}): TokenStore {
  const maxGrants = options.maxGrants ?? 10_000;
  if (!Number.isInteger(maxGrants) || maxGrants < 1) {
    throw new TypeError(
      `memoryTokenStore: \`maxGrants\` must be a whole number of at least 1, not ${String(maxGrants)}`,
    );
  }
  // In the order of use, the longest unused first.
  const entries = new Map<string, Entry>();
  const signOuts = new Map<string, number>();
  const lock = new KeyedLock();
  // What a write must reach. Apart from the grants: a lease from before a deletion must not bring one back.
  const barriers = new BoundedMap<number>(maxGrants, FENCE_MEMORY_MS, Date.now);
  let fences = 0;
  let writes = 0;

  // JSON, since any separator could be a part of a name.
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
      // A copy: whoever reads or rewrites a grant meanwhile moves it to the end.
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
