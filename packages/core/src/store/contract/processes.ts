import assert from "node:assert/strict";
import { once } from "node:events";
import type { TokenStore } from "../types.ts";
import { expectConsistentIndexes } from "./indexes.ts";
import { expectOneAtATime } from "./leases.ts";
import { grantOf } from "./trial.ts";
import type { CaseOf } from "./trial.ts";

/** Tests of stores that several processes share. Two stores over one server stand for two processes. */
export const processCases: readonly CaseOf<TokenStore>[] = [
  {
    name: "shares grants, sign-outs and leases with other processes, where `capabilities.shared` is true",
    async run(trial) {
      const { store, reopen, key, client } = trial;
      if (!store.capabilities.shared) return;
      const other = await reopen();
      const grant = grantOf(1);
      await store.put(key(), grant, { digests: ["digest"] });
      assert.deepEqual(await other.get(key()), grant);
      assert.deepEqual(await other.byTokenDigest(client, "digest"), [key()]);

      const rivals = Array.from({ length: 16 }, () => grantOf(2));
      const stores = [store, other];
      const written = await Promise.all(
        rivals.map(async (rival, index) => stores[index % 2]!.put(key(), rival, { ifVersion: 1 })),
      );
      assert.equal(written.filter(Boolean).length, 1);
      assert.deepEqual(await store.get(key()), rivals[written.indexOf(true)]);

      await store.setSignedOut(client, "account", 1_800_000_000_000);
      assert.equal(await other.signedOutAt(client, "account"), 1_800_000_000_000);
      await expectOneAtATime(trial, stores);
      const mine = await store.exclusively(key(), async ({ fence }) => fence);
      const theirs = await other.exclusively(key(), async ({ fence }) => fence);
      assert.ok(theirs > mine, `the fencing token ${theirs} of another process comes after ${mine}`);
    },
  },
  {
    name: "keeps its indexes consistent through concurrent writes and deletions of several processes",
    async run(trial) {
      if (!trial.store.capabilities.shared) return;
      await expectConsistentIndexes(trial, [trial.store, await trial.reopen()]);
    },
  },
  {
    name: "returns the latest of many sign-outs that several processes record concurrently",
    async run({ store, reopen, client }) {
      const stores = store.capabilities.shared ? [store, await reopen()] : [store];
      const times = [5, 9, 1, 12, 7, 3, 11, 2].map((hour) => 1_800_000_000_000 + hour);
      await Promise.all(
        times.map(async (at, index) => stores[index % stores.length]!.setSignedOut(client, "account", at)),
      );
      for (const each of stores) assert.equal(await each.signedOutAt(client, "account"), Math.max(...times));
    },
  },
  {
    name: "renews the lease of a task that takes longer than `leaseMs`",
    async run({ store, reopen, key, leaseMs, withTimeout }) {
      if (!store.capabilities.shared || leaseMs === undefined) return;
      const other = await reopen();
      const begun = Promise.withResolvers<void>();
      let isRunning = false;
      const long = store.exclusively(key(), async ({ signal }) => {
        isRunning = true;
        begun.resolve();
        await elapse(3 * leaseMs);
        assert.ok(!signal.aborted, "a lease was lost although its holder was running");
        isRunning = false;
      });
      await begun.promise;
      const rival = other.exclusively(key(), async () => assert.ok(!isRunning, "two tasks run at a time"));
      await withTimeout("two tasks, one of which is long", Promise.all([long, rival]));
    },
  },
  {
    name: "passes the lease of a paused process on, aborts its signal, and rejects its later writes",
    async run({ store, reopen, key, leaseMs, withTimeout }) {
      if (!store.capabilities.shared || leaseMs === undefined) return;
      const other = await reopen();
      await store.put(key(), grantOf(1));
      const present = grantOf(2);
      const begun = Promise.withResolvers<void>();
      const overtaken = Promise.withResolvers<void>();
      const paused = store.exclusively(key(), async ({ fence, signal }) => {
        const isLost = once(signal, "abort");
        begun.resolve();
        // Blocks the whole thread, so that no timer renews the lease meanwhile.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * leaseMs);
        await isLost;
        await overtaken.promise;
        assert.equal(await store.put(key(), grantOf(9), { fence }), false);
        assert.equal(await store.put(key(), grantOf(9), { ifVersion: 2, fence }), false);
      });
      await begun.promise;
      await withTimeout(
        "the lease of a paused process",
        other.exclusively(key(), async ({ fence }) => {
          assert.equal(await other.put(key(), present, { ifVersion: 1, fence }), true);
          overtaken.resolve();
          await withTimeout("the process that was paused", paused);
          assert.deepEqual(await other.get(key()), present);
        }),
      );
      // The release by the late holder did not end the lease of the other one.
      assert.equal(
        await withTimeout(
          "the next lease",
          store.exclusively(key(), async () => "next"),
        ),
        "next",
      );
    },
  },
];

/** Waits in short steps, so that the timers that renew a lease run meanwhile, even on a busy machine. */
async function elapse(milliseconds: number): Promise<void> {
  const until = performance.now() + milliseconds;
  while (performance.now() < until) {
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, Math.min(10, milliseconds));
    await promise;
  }
}
