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
}

const SEPARATOR = "\u0000";

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
  const entries = new Map<string, Entry>();
  const signOuts = new Map<string, number>();
  const lock = new KeyedLock();
  let fences = 0;

  const nameOf = ({ client, owner, account }: GrantKey) => [client, owner, account].join(SEPARATOR);
  const alive = (entry: Entry | undefined) => (entry !== undefined && entry.expiresAt > Date.now() ? entry : undefined);
  const keysWhere = (matches: (entry: Entry) => boolean) =>
    [...entries.values()]
      .filter((entry) => alive(entry) && matches(entry))
      .map(({ key }) => key)
      .toReversed();

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
      entries.set(name, { key, grant, digests, fence: fence ?? present?.fence ?? 0, expiresAt });
      for (const oldest of entries.keys()) {
        if (entries.size <= maxGrants) break;
        entries.delete(oldest);
      }
      return true;
    },
    delete(key, { ifVersion } = {}) {
      const name = nameOf(key);
      const present = entries.get(name);
      if (present !== undefined && ifVersion !== undefined && present.grant.version !== ifVersion) return false;
      entries.delete(name);
      return true;
    },
    list: (client, owner) => keysWhere(({ key }) => key.client === client && key.owner === owner),
    keysOf: (client, subject) => keysWhere(({ key }) => key.client === client && key.account === subject),
    byTokenDigest: (client, digest) =>
      keysWhere(({ key, digests }) => key.client === client && digests.includes(digest)),
    async *entries(client) {
      for (const entry of entries.values()) {
        if (entry.key.client === client && alive(entry)) yield [entry.key, entry.grant] as const;
      }
    },
    exclusively: (key, work) =>
      lock.run(nameOf(key), () => work({ fence: ++fences, signal: new AbortController().signal })),
    signedOutAt: (client, subject) => signOuts.get(client + SEPARATOR + subject),
    setSignedOut(client, subject, at) {
      signOuts.set(client + SEPARATOR + subject, at);
    },
  };
}
