/** The progress of `google.reseal()`: numbers of grants. */
export interface ResealProgress {
  /** Grants that were read so far. */
  readonly seen: number;
  /** Grants that were encrypted again, with the newest key. */
  readonly resealed: number;
  /** Grants that the newest key had encrypted already, or that were deleted meanwhile. */
  readonly skipped: number;
  /** Grants that no key decrypts. They stay in the store, since the missing key may come back. */
  readonly unreadable: number;
}

/** Options of `google.reseal()`. */
export interface ResealOptions {
  /** Called after every 160 grants and at the end. `reseal` waits for its promise, so it can slow `reseal` down. */
  readonly onProgress?: (progress: ResealProgress) => void | Promise<void>;
  /** Stops `reseal`, which then rejects with the signal's reason. Grants that were encrypted again stay so. */
  readonly signal?: AbortSignal;
}
