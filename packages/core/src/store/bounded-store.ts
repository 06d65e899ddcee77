import { AuthError } from "../errors/auth-error.ts";
import { createBound } from "../util/bound.ts";
import type { Bound } from "../util/bound.ts";
import type { GrantKey, StoredGrant, TokenStore } from "./types.ts";

/**
 * How many times `timeout` a call waits for a lease. The holder may be waiting for Google, which takes more than twice
 * `timeout` with its retries (google/http-client.ts).
 */
const LEASE_TIMES = 3;

/**
 * Gives a token store a timeout: each call settles within it, with the store's response or with `store_unavailable`.
 * Without it, requests would wait forever for a server that accepts connections and never responds, or for a client that
 * waits until its server is back.
 *
 * After one timeout, later calls wait only a tenth of `timeout`, so that requests do not pile up. Each of them still
 * calls the store, and its first response, even a late one, restores the full timeout. A result that is no promise is
 * returned at once.
 *
 * @param timeout - milliseconds for one response; a lease that another caller holds has three times as many
 */
export function boundedStore(store: TokenStore, timeout: number): TokenStore {
  const bound = createBound(
    () => timeout,
    (limit) => new AuthError("store_unavailable", { detail: `the store did not respond within ${limit} ms` }),
  );
  return {
    capabilities: store.capabilities,
    get: (key) => bound(store.get(key)),
    put: (key, grant, options) => bound(store.put(key, grant, options)),
    delete: (key, options) => bound(store.delete(key, options)),
    list: (client, owner) => bound(store.list(client, owner)),
    keysOf: (client, subject) => bound(store.keysOf(client, subject)),
    byTokenDigest: (client, digest) => bound(store.byTokenDigest(client, digest)),
    entries: (client) => boundedEntries(store.entries(client)[Symbol.asyncIterator](), bound),
    exclusively: createBoundedLease(store, bound),
    signedOutAt: (client, subject) => bound(store.signedOutAt(client, subject)),
    setSignedOut: (client, subject, at) => bound(store.setSignedOut(client, subject, at)),
  };
}

/**
 * Bounds the wait for a lease and for its release. The work itself is not bounded here. Work whose lease comes after the
 * timeout does not run, since its caller has already got an error. The result of work that did run is returned even
 * where the release of the lease fails.
 */
function createBoundedLease(store: TokenStore, bound: Bound): TokenStore["exclusively"] {
  return async (key, work) => {
    const begun = Promise.withResolvers<void>();
    let working: ReturnType<typeof work> | undefined;
    let isTooLate = false;
    const leased = store.exclusively(key, async (lease) => {
      if (isTooLate) throw new Error("the lease came after the timeout");
      working = work(lease);
      begun.resolve();
      return working;
    });
    try {
      await bound(Promise.race([begun.promise, leased]), LEASE_TIMES);
    } catch (error) {
      isTooLate = true;
      throw error;
    }
    if (working === undefined) return leased;
    try {
      return await working;
    } finally {
      await Promise.resolve(bound(leased)).catch(() => undefined);
    }
  };
}

async function* boundedEntries(
  entries: AsyncIterator<readonly [GrantKey, StoredGrant]>,
  bound: Bound,
): AsyncGenerator<readonly [GrantKey, StoredGrant]> {
  let isOver = false;
  try {
    for (;;) {
      const next = await bound(entries.next());
      isOver = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not awaited: a generator that hangs in `next` does not respond to `return` either.
    if (!isOver) void entries.return?.().catch(() => undefined);
  }
}
