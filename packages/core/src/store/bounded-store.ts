import { AuthError } from "../errors/auth-error.ts";
import { nativePromise } from "../util/native-promise.ts";
import { withTimeout } from "../util/timeout.ts";
import type { GrantKey, StoredGrant, TokenStore } from "./types.ts";

/** A store that has fallen silent is given this part of its time, until it is heard again. */
const SILENT_PART = 1 / 10;
/** Whoever has the lease may be asking Google, who is given more than twice the time (google/http-client.ts). */
const LEASE_TIMES = 3;

/**
 * A token store whose every answer comes within a time, or is a `store_unavailable`: a server that accepts and never
 * answers, or a client that waits for its server to come back, must not keep requests waiting for good.
 *
 * A store that let one call wait in vain gets a tenth of the time from then on, so that requests do not pile up; each
 * of them still asks, and the first answer, a late one included, restores its time. What answers at once stays so.
 *
 * @param timeout - milliseconds for one answer; three times as many for a lease that somebody else has
 */
export function boundedStore(store: TokenStore, timeout: number): TokenStore {
  const bound = createBound(timeout);
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

/** Bounds one answer; `times` as long as usual. */
type Bound = <T>(answer: T | Promise<T>, times?: number) => T | Promise<T>;

function createBound(timeout: number): Bound {
  const short = Math.ceil(timeout * SILENT_PART);
  let isSilent = false;
  return (given, times = 1) => {
    const answer = nativePromise(given);
    if (!(answer instanceof Promise)) return answer;
    const began = performance.now();
    answer.then(
      () => {
        isSilent = false;
      },
      () => {
        // What fails late is a client that waited in vain, too.
        isSilent = performance.now() - began > short;
      },
    );
    const patience = times * (isSilent ? short : timeout);
    return withTimeout(answer, patience, () => {
      isSilent = true;
      return new AuthError("store_unavailable", { detail: `no answer within ${patience} ms` });
    });
  };
}

/**
 * The work bounds itself; waiting for its lease, and for the lease to end, is bounded here. Work whose lease came too
 * late does not run, since nobody waits for it any more. Work that was done counts as done even where the lease cannot
 * be given back.
 */
function createBoundedLease(store: TokenStore, bound: Bound): TokenStore["exclusively"] {
  return async (key, work) => {
    const begun = Promise.withResolvers<void>();
    let working: ReturnType<typeof work> | undefined;
    let isTooLate = false;
    const leased = store.exclusively(key, async (lease) => {
      if (isTooLate) throw new Error("the lease came too late");
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
    // Not awaited: a generator that hangs ends behind what it hangs in.
    if (!isOver) void entries.return?.().catch(() => undefined);
  }
}
