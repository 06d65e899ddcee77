import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { KeyedLock } from "../../util/keyed-lock.ts";
import { withTimeout } from "../../util/timeout.ts";
import type { GrantKey, Lease, TokenStore } from "../types.ts";
import { checkLeaseMs } from "./lease-time.ts";

/** How often a lease is renewed within its duration. */
const RENEWALS = 3;
/** The pauses between two attempts to take a lease that another caller holds, in milliseconds. They double from the first to the longest. */
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;
/** How long the result of the work waits for the release of the lease, in milliseconds. */
const RELEASE_TIMEOUT_MS = 1_000;

/**
 * The leases of a store that several processes share: for each key one record with holder, fencing token and end. The
 * server's clock decides when a lease has ended, since the clocks of the processes may differ. A store implements it for
 * its server and gives it to {@link createLeaser}.
 */
export interface LeaseTable {
  /**
   * Takes the lease of a key, unless another holder has it and it has not ended.
   * @param holder - identifies this lease; each call of `exclusively` has another one
   * @returns a fencing token, which is higher than all former ones of this key; `undefined` where another holder has the lease
   */
  take(key: GrantKey, holder: string, leaseMs: number): Promise<number | undefined>;
  /**
   * Renews the lease, so that it ends `leaseMs` milliseconds from now.
   * @returns whether the holder still has it; `false` where the lease has ended, even if it is still free
   */
  renew(key: GrantKey, holder: string, leaseMs: number): Promise<boolean>;
  /** Ends the lease where this holder has it, and does nothing otherwise. */
  release(key: GrantKey, holder: string): Promise<void>;
}

/** Options of {@link createLeaser}. */
export interface LeaserOptions {
  /** How long a lease outlives a process that died, in milliseconds, from 100 to 600,000. Default 15,000. */
  readonly leaseMs?: number | undefined;
  /** The function that has the option `leaseMs`, for error messages. */
  readonly caller: string;
}

/**
 * Creates the method `exclusively` of a store that several processes share. Within this process, calls for the same key
 * wait in a queue, so that only one of them asks the server. Across processes a lease decides, which is renewed while the
 * work runs.
 *
 * The lease of a process that died ends after `leaseMs`. A process that was paused for longer than that has lost its
 * lease: `signal` aborts, and the store rejects its writes once another holder has written.
 * @throws TypeError where `leaseMs` is out of range
 *
 * @example
 * ```ts
 * import { createLeaser } from "@scopegate/core/store-kit";
 * import type { LeaseTable } from "@scopegate/core/store-kit";
 *
 * const leases: LeaseTable = { take, renew, release }; // each is one atomic statement or script of your server
 * const exclusively = createLeaser(leases, { leaseMs: options.leaseMs, caller: "myTokenStore" });
 * ```
 */
export function createLeaser(table: LeaseTable, options: LeaserOptions): TokenStore["exclusively"] {
  const leaseMs = checkLeaseMs(options.leaseMs, options.caller);
  const queue = new KeyedLock();

  const runLeased = async <T>(key: GrantKey, work: (lease: Lease) => Promise<T>): Promise<T> => {
    const holder = randomUUID();
    const { fence, asked } = await takeWhenFree(table, key, holder, leaseMs);
    const keeper = keepLease(table, key, holder, leaseMs, asked);
    try {
      return await work({ fence, signal: keeper.signal });
    } finally {
      keeper.stop();
      await release(table, key, holder, leaseMs);
    }
  };
  return (key, work) => queue.run(JSON.stringify([key.client, key.owner, key.account]), () => runLeased(key, work));
}

/** A lease that was taken. */
interface Taken {
  readonly fence: number;
  /** When it was requested, by `performance.now()`. The server's `leaseMs` began some time after that. */
  readonly asked: number;
}

async function takeWhenFree(table: LeaseTable, key: GrantKey, holder: string, leaseMs: number): Promise<Taken> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const asked = performance.now();
    const fence = await takeOnce(table, key, holder, leaseMs);
    if (fence !== undefined) return { fence, asked };
    // A random part, so that the processes that wait do not all ask at the same moment.
    await delay(pause * (0.5 + Math.random()));
  }
}

async function takeOnce(table: LeaseTable, key: GrantKey, holder: string, leaseMs: number) {
  const taking = table.take(key, holder, leaseMs);
  try {
    // A lease that comes later has ended already. And without a limit, the queue of this key would be stuck.
    return await withTimeout(taking, leaseMs, () => new Error(`the store did not respond within ${leaseMs} ms`));
  } catch (error) {
    // The server may have granted the lease although its response was lost, or may still grant it.
    await release(table, key, holder, leaseMs);
    taking
      .then((fence) => (fence === undefined ? undefined : release(table, key, holder, leaseMs)))
      .catch(() => undefined);
    throw error;
  }
}

/** Renews a lease until `stop` is called or the lease is lost. */
function keepLease(table: LeaseTable, key: GrantKey, holder: string, leaseMs: number, taken: number) {
  const lost = new AbortController();
  const lose = () => lost.abort(new Error("the lease on this grant was lost"));
  let isStopped = false;
  let renewal: NodeJS.Timeout;
  // Where the server does not respond, the work must learn that its lease has ended.
  let end = setTimeout(lose, leaseMs - (performance.now() - taken)).unref();

  const renewLater = () => {
    renewal = setTimeout(() => void renew(), leaseMs / RENEWALS).unref();
  };
  const renew = async () => {
    const asked = performance.now();
    // A failure is no loss yet: the server may be reachable again before the lease ends.
    const isMine = await table.renew(key, holder, leaseMs).catch(() => undefined);
    if (isStopped || lost.signal.aborted) return;
    if (isMine === false) return lose();
    if (isMine === true) {
      clearTimeout(end);
      end = setTimeout(lose, leaseMs - (performance.now() - asked)).unref();
    }
    renewLater();
  };
  renewLater();
  return {
    signal: lost.signal,
    stop() {
      isStopped = true;
      clearTimeout(renewal);
      clearTimeout(end);
    },
  };
}

/**
 * Releases a lease. A failure does not affect the work, which has ended. Where the server cannot be reached, the release
 * is retried in the background until the lease has ended; where it does not respond, the caller waits a second at most.
 */
async function release(table: LeaseTable, key: GrantKey, holder: string, leaseMs: number): Promise<void> {
  const releasing = table.release(key, holder);
  releasing.catch(async () => releaseLater(table, key, holder, leaseMs));
  await withTimeout(releasing, RELEASE_TIMEOUT_MS, () => new Error("too late")).catch(() => undefined);
}

async function releaseLater(table: LeaseTable, key: GrantKey, holder: string, leaseMs: number): Promise<void> {
  const end = performance.now() + leaseMs;
  // The pause doubles each time, so that a server that was down gets no crowd of requests when it is back.
  for (let pause = FIRST_PAUSE_MS; performance.now() + pause < end; pause *= 2) {
    await delay(pause * (0.5 + Math.random()), undefined, { ref: false });
    const isReleased = await table.release(key, holder).then(
      () => true,
      () => false,
    );
    if (isReleased) return;
  }
}
