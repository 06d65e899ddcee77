import { KeyedLock } from "../keyed-lock.ts";
import type { GrantKey, StoredGrant, TokenStore } from "./types.ts";

/** Options of {@link memoryTokenStore}. */
export interface MemoryTokenStoreOptions {
  /** How many grants are kept, at least 1; beyond it the longest unused is dropped. Default 10,000. */
  readonly maxGrants?: number;
}

interface Entry {
  readonly key: GrantKey;
  readonly grant: StoredGrant;
  readonly digests: readonly string[];
  readonly fence: number;
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
  let fences = 0;
  let writes = 0;

  // JSON, since any separator could be a part of a name.
  const nameOf = ({ client, owner, account }: GrantKey) => JSON.stringify([client, owner, account]);
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
      const name = nameOf(key);
      const entry = entries.get(name);
      if (entry === undefined) return undefined;
      entries.delete(name);
      if (!alive(entry)) return undefined;
      entries.set(name, entry);
      return entry.grant;
    },
    put(key, grant, { ifVersion, fence, digests = [], expiresAt = Infinity } = {}) {
      const name = nameOf(key);
      const present = alive(entries.get(name));
      if (ifVersion !== undefined && ifVersion !== (present?.grant.version ?? 0)) return false;
      if (fence !== undefined && present !== undefined && fence < present.fence) return false;
      entries.delete(name);
      entries.set(name, {
        key,
        grant,
        digests,
        fence: fence ?? present?.fence ?? 0,
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
      const name = nameOf(key);
      const present = alive(entries.get(name));
      if (present !== undefined && ifVersion !== undefined && present.grant.version !== ifVersion) return false;
      entries.delete(name);
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
      lock.run(nameOf(key), () => work({ fence: ++fences, signal: new AbortController().signal })),
    signedOutAt: (client, subject) => signOuts.get(signOutOf(client, subject)),
    setSignedOut(client, subject, at) {
      const name = signOutOf(client, subject);
      signOuts.set(name, Math.max(at, signOuts.get(name) ?? at));
    },
  };
}
