import { callStore } from "./call-store.ts";
import type { ResealOptions, ResealProgress } from "./reseal-options.ts";
import type { GrantKey, StoredGrant, TokenStore } from "./types.ts";
import type { GrantVault, Resealed } from "./vault.ts";

/** How many grants are read and written concurrently. */
const BATCH = 16;
/** How many grants lie between two progress reports. */
const REPORT_EVERY = 10 * BATCH;

/**
 * Encrypts every grant of a client with the newest key, so that the app can remove the older keys.
 *
 * It may run while the app serves requests: each write is a compare-and-set. A grant that the newest key has encrypted is
 * skipped without being decrypted, so that a second run continues where a stopped run has ended.
 * @throws AuthError `store_unavailable` where the store fails; the signal's reason where it aborts
 */
export async function resealGrants(
  vault: GrantVault,
  client: string,
  { onProgress, signal }: ResealOptions = {},
): Promise<ResealProgress> {
  const counts: Record<Resealed, number> = { resealed: 0, skipped: 0, unreadable: 0 };
  const progress = (): ResealProgress => ({ seen: counts.resealed + counts.skipped + counts.unreadable, ...counts });
  const flush = async (batch: readonly (readonly [GrantKey, StoredGrant])[]) => {
    signal?.throwIfAborted();
    for (const outcome of await Promise.all(batch.map(([key, stored]) => vault.reseal(key, stored))))
      counts[outcome] += 1;
  };

  let batch: (readonly [GrantKey, StoredGrant])[] = [];
  for await (const entry of entriesOf(vault.store as TokenStore, client)) {
    batch.push(entry);
    if (batch.length < BATCH) continue;
    await flush(batch);
    batch = [];
    if (progress().seen % REPORT_EVERY === 0) await onProgress?.(progress());
  }
  await flush(batch);
  await onProgress?.(progress());
  return progress();
}

/** The grants of a store. Turns its failure into `store_unavailable`. */
async function* entriesOf(store: TokenStore, client: string): AsyncGenerator<readonly [GrantKey, StoredGrant]> {
  const entries = store.entries(client)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await callStore(() => entries.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await entries.return?.();
  }
}
