import type { TokenStore } from "@scopegate/core";
import type { GrantKey, PutOptions, StoreCapabilities, StoredGrant } from "@scopegate/core/store-kit";
import { KeyedLock } from "@scopegate/core/store-kit";
import { Fences } from "./fences.ts";
import { IndexLists } from "./index-lists.ts";
import { KeyvRecords } from "./keyv-records.ts";
import type { KeyvLike } from "./keyv-records.ts";
import { bucketOf, bucketsOf, digestIndex, grantName, ownerIndex, signOutName, subjectIndex } from "./names.ts";

/** Options of {@link keyvTokenStore}. */
export interface KeyvTokenStoreOptions {
  /** Whether grants survive the end of the process. Default: `false` where the Keyv's store is a `Map`, otherwise `true`. */
  readonly durable?: boolean;
}

/** A token store in a Keyv. It is not shared, since Keyv has no compare-and-set. */
export interface KeyvTokenStore extends TokenStore {
  readonly capabilities: StoreCapabilities & { readonly shared: false };
}

/** The record of a grant. */
interface Kept {
  readonly grant: StoredGrant;
  readonly digests: readonly string[];
  readonly expiresAt?: number;
  /** A number that grows with each write, by which the grants of an owner are sorted. */
  readonly written: number;
}

/** The lock of each Keyv, so that several stores over one Keyv do not disturb each other. */
const locks = new WeakMap<KeyvLike, KeyedLock>();

/**
 * Creates a token store in any database that Keyv has an adapter for, such as MySQL, MongoDB, etcd or DynamoDB.
 *
 * Use it for apps of one process. Keyv can read and write, but not compare or lock. Where two processes change a grant at
 * the same moment, the last write wins, both may refresh the grant, and an index may lose an entry.
 *
 * @param keyv - a Keyv of version 5 or 6 with `throwOnErrors: true`, since an outage would otherwise look like a missing
 *   grant, and without `ttl`, which would delete every grant after that time
 * @throws TypeError where `keyv` is no Keyv, lacks `throwOnErrors: true` or has a `ttl`
 *
 * @example
 * ```ts
 * import { KeyvMysql } from "@keyv/mysql";
 * import { googleOAuth } from "@scopegate/express";
 * import { keyvTokenStore } from "@scopegate/keyv";
 * import Keyv from "keyv";
 *
 * const keyv = new Keyv({ store: new KeyvMysql({ uri: process.env["DATABASE_URL"]! }), throwOnErrors: true });
 * const google = googleOAuth({
 *   store: keyvTokenStore(keyv),
 *   encryptionKeys: [process.env["GRANT_KEY"]!], // `openssl rand -base64 32`
 * });
 * ```
 */
export function keyvTokenStore(keyv: KeyvLike, options: KeyvTokenStoreOptions = {}): KeyvTokenStore {
  checkKeyv(keyv);
  const lock = locks.get(keyv) ?? new KeyedLock();
  locks.set(keyv, lock);
  const records = new KeyvRecords(keyv);
  const lists = new IndexLists(records, lock);
  const fences = new Fences(records);
  let lastWritten = 0;

  const read = async (key: GrantKey): Promise<Kept | undefined> => {
    const kept = await records.read<Kept>(grantName(key));
    return kept !== undefined && (kept.expiresAt ?? Infinity) > Date.now() ? kept : undefined;
  };
  const inTurn = <T>(key: GrantKey, work: () => Promise<T>) => lock.run(`write ${grantName(key)}`, work);
  const indexesOf = (key: GrantKey, digests: readonly string[]) => [
    ownerIndex(key.client, key.owner),
    subjectIndex(key.client, key.account),
    bucketOf(key),
    ...digestIndexes(key, digests),
  ];
  const digestIndexes = ({ client }: GrantKey, digests: readonly string[]) =>
    [...new Set(digests)].map((digest) => digestIndex(client, digest));

  /** The keys of a list whose grants exist and match, the one that was written last first. */
  const find = async (client: string, list: string, matches: (kept: Kept) => boolean = () => true) => {
    const keys = await lists.read(client, list);
    const found = await Promise.all(keys.map(async (key) => ({ key, kept: await read(key) })));
    return found
      .flatMap(({ key, kept }) => (kept !== undefined && matches(kept) ? [{ key, written: kept.written }] : []))
      .toSorted((a, b) => b.written - a.written)
      .map(({ key }) => key);
  };

  const write = async (
    key: GrantKey,
    grant: StoredGrant,
    { ifVersion, fence, digests = [], expiresAt }: PutOptions,
  ) => {
    const present = await read(key);
    if (ifVersion !== undefined && ifVersion !== (present?.grant.version ?? 0)) return false;
    if (fence !== undefined && !(await fences.pass(key, fence))) return false;
    // The indexes come first, so that a crash leaves a superfluous entry and not a missing one.
    for (const list of indexesOf(key, digests)) await lists.add(list, key);
    lastWritten = Math.max(lastWritten + 1, Date.now());
    const kept: Kept = { grant, digests, ...(expiresAt !== undefined && { expiresAt }), written: lastWritten };
    const ttl = expiresAt === undefined ? undefined : Math.max(1, expiresAt - Date.now());
    await records.write(grantName(key), kept, ttl);
    const obsolete = new Set(present?.digests).difference(new Set(digests));
    for (const list of digestIndexes(key, [...obsolete])) await lists.remove(list, key);
    return true;
  };

  return {
    capabilities: { durable: options.durable ?? !(keyv.store instanceof Map), shared: false },
    get: async (key) => (await read(key))?.grant,
    put: (key, grant, putOptions = {}) => inTurn(key, () => write(key, grant, putOptions)),
    delete: (key, { ifVersion } = {}) =>
      inTurn(key, async () => {
        const present = await read(key);
        if (present !== undefined && ifVersion !== undefined && present.grant.version !== ifVersion) return false;
        await fences.raise(key);
        await records.remove(grantName(key));
        for (const list of indexesOf(key, present?.digests ?? [])) await lists.remove(list, key);
        return true;
      }),
    list: (client, owner) => find(client, ownerIndex(client, owner)),
    keysOf: (client, subject) => find(client, subjectIndex(client, subject)),
    byTokenDigest: (client, digest) =>
      find(client, digestIndex(client, digest), ({ digests }) => digests.includes(digest)),
    async *entries(client) {
      for (const list of bucketsOf(client)) {
        for (const key of await lists.read(client, list)) {
          const kept = await read(key);
          if (kept !== undefined) yield [key, kept.grant] as const;
        }
      }
    },
    exclusively: (key, work) =>
      lock.run(`lease ${grantName(key)}`, async () =>
        work({ fence: await fences.next(key), signal: new AbortController().signal }),
      ),
    signedOutAt: (client, subject) => records.read<number>(signOutName(client, subject)),
    setSignedOut: (client, subject, at) => {
      const name = signOutName(client, subject);
      return lock.run(name, async () => {
        const present = await records.read<number>(name);
        if (present === undefined || present < at) await records.write(name, at);
      });
    },
  };
}

function checkKeyv(keyv: KeyvLike): void {
  const { get, set, throwOnErrors, ttl } = (keyv ?? {}) as Partial<KeyvLike>;
  if (typeof get !== "function" || typeof set !== "function") {
    throw new TypeError(
      "keyvTokenStore: the first argument must be a Keyv instance, for example `new Keyv({ store, throwOnErrors: true })`; `throwOnErrors: true` is required",
    );
  }
  if (throwOnErrors !== true) {
    throw new TypeError(
      "keyvTokenStore: create the Keyv with `throwOnErrors: true`; without it, an outage looks like a missing grant",
    );
  }
  if (ttl !== undefined) {
    throw new TypeError(
      "keyvTokenStore: create the Keyv without `ttl`, which would delete every grant that long after its last write",
    );
  }
}
