import { callStore } from "./call-store.ts";
import type { GrantKey, StoredGrant, TokenStore } from "./types.ts";
import type { GrantVault, Resealed } from "./vault.ts";

/** Grants that are read and written side by side. */
const BATCH = 16;
/** How many grants there are between two reports. */
const REPORT_EVERY = 10 * BATCH;

/** How far resealing has come. */
export interface ResealProgress {
  /** Grants that were looked at. */
  readonly seen: number;
  /** Those that are sealed by the newest key now, and were by another one. */
  readonly resealed: number;
  /** Those that were sealed by the newest key already, or deleted meanwhile. */
  readonly skipped: number;
  /** Those that no key opens. They stay as they are: the missing key may come back. */
  readonly unreadable: number;
}

/** Options of `google.reseal()`. */
export interface ResealOptions {
  /** Told now and then, and at the end. It is awaited: who wants it slower waits here. */
  readonly onProgress?: (progress: ResealProgress) => void | Promise<void>;
  /** Ends it early; it rejects with the signal's reason. What has been resealed stays so. */
  readonly signal?: AbortSignal;
}

/**
 * Seals every grant of a client by the newest key that is not yet, so that older keys can be taken away.
 *
 * Each by compare-and-set, while the app goes on. Grants that need nothing are passed over without being opened, so
 * that running it again after an end at any moment goes on where it was.
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

/** A store's grants; its failure told as `store_unavailable`. */
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
