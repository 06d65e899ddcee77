import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { KeyedLock } from "../../util/keyed-lock.ts";
import { withTimeout } from "../../util/timeout.ts";
import type { GrantKey, Lease, TokenStore } from "../types.ts";
import { checkLeaseMs } from "./lease-time.ts";

/** A lease is renewed this many times before it would end. */
const RENEWALS = 3;
/** The pauses between two looks at a lease that somebody else holds, in milliseconds: short at first, then longer. */
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;
/** How long giving a lease back may keep its work's result waiting, in milliseconds; it goes on without anyone waiting. */
const RELEASE_PATIENCE_MS = 1_000;

/**
 * The leases of a store that several processes share: one record a key, with holder, fence and end. The server's own
 * clock says when a lease has ended, since processes may disagree about the time.
 */
export interface LeaseTable {
  /**
   * Takes the lease where nobody has one that has not ended.
   * @returns a fence that is higher than all before it for this key; `undefined` where somebody else has the lease
   */
  take(key: GrantKey, holder: string, leaseMs: number): Promise<number | undefined>;
  /**
   * Prolongs the lease, to end `leaseMs` from now.
   * @returns whether the holder still has it; a lease that has ended is lost, even if nobody has taken it yet
   */
  renew(key: GrantKey, holder: string, leaseMs: number): Promise<boolean>;
  /** Ends the lease, if this holder has it. */
  release(key: GrantKey, holder: string): Promise<void>;
}

/** Options of {@link createLeaser}. */
export interface LeaserOptions {
  /** How long a lease outlives a process that died, in milliseconds, from 100 to 600,000. Default 15,000. */
  readonly leaseMs?: number | undefined;
  /** The function whose option `leaseMs` is, for its error. */
  readonly caller: string;
}

/**
 * `exclusively` of a store that several processes share. Within the process a queue for each key, so that one of its
 * callers at a time asks the server; across processes a lease, renewed while the work runs.
 *
 * A process that dies leaves its lease to end by itself. One that is paused for longer finds it lost: `signal` aborts,
 * and what it writes under its fence is refused once another holder has written.
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

/** A lease that was taken, and when it was asked for: the server counts from some time after that. */
interface Taken {
  readonly fence: number;
  readonly asked: number;
}

async function takeWhenFree(table: LeaseTable, key: GrantKey, holder: string, leaseMs: number): Promise<Taken> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const asked = performance.now();
    const fence = await takeOnce(table, key, holder, leaseMs);
    if (fence !== undefined) return { fence, asked };
    // Not in step with the others who wait.
    await delay(pause * (0.5 + Math.random()));
  }
}

async function takeOnce(table: LeaseTable, key: GrantKey, holder: string, leaseMs: number) {
  const taking = table.take(key, holder, leaseMs);
  try {
    // Later, the lease would be over; and whoever else of this process waits for it would wait for good.
    return await withTimeout(taking, leaseMs, () => new Error(`the store did not answer within ${leaseMs} ms`));
  } catch (error) {
    // It may have been taken, and only the answer have been lost; or be taken when the server gets to it.
    await release(table, key, holder, leaseMs);
    taking
      .then((fence) => (fence === undefined ? undefined : release(table, key, holder, leaseMs)))
      .catch(() => undefined);
    throw error;
  }
}

/** Renews a lease until it is stopped, or lost. */
function keepLease(table: LeaseTable, key: GrantKey, holder: string, leaseMs: number, taken: number) {
  const lost = new AbortController();
  const lose = () => lost.abort(new Error("the lease on this grant was lost"));
  let isStopped = false;
  let renewal: NodeJS.Timeout;
  // A server that does not answer must not keep the work believing that it has the lease.
  let end = setTimeout(lose, leaseMs - (performance.now() - taken)).unref();

  const renewLater = () => {
    renewal = setTimeout(() => void renew(), leaseMs / RENEWALS).unref();
  };
  const renew = async () => {
    const asked = performance.now();
    // Where the server cannot be reached, it may be back before the lease ends.
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
 * Gives a lease back. It has been asked for, and the work has been done, whatever becomes of this: where the server
 * cannot be reached, or does not answer soon, nobody waits, and it is tried again until the lease has ended by itself.
 */
async function release(table: LeaseTable, key: GrantKey, holder: string, leaseMs: number): Promise<void> {
  const releasing = table.release(key, holder);
  releasing.catch(async () => releaseLater(table, key, holder, leaseMs));
  await withTimeout(releasing, RELEASE_PATIENCE_MS, () => new Error("too late")).catch(() => undefined);
}

async function releaseLater(table: LeaseTable, key: GrantKey, holder: string, leaseMs: number): Promise<void> {
  const end = performance.now() + leaseMs;
  // Twice as long each time: a server that comes back is asked within the time that it was away, and not by a crowd.
  for (let pause = FIRST_PAUSE_MS; performance.now() + pause < end; pause *= 2) {
    await delay(pause * (0.5 + Math.random()), undefined, { ref: false });
    const isReleased = await table.release(key, holder).then(
      () => true,
      () => false,
    );
    if (isReleased) return;
  }
}
