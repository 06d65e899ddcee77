import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { grantOf } from "./trial.ts";
import type { CaseOf, GrantStore, Trial } from "./trial.ts";

const TASKS = 8;

/** Tests of leases, by which only one caller at a time refreshes a grant. */
export const leaseCases: readonly CaseOf<GrantStore>[] = [
  {
    name: "runs one task at a time for a key",
    async run(trial) {
      await trial.store.put(trial.key(), grantOf(1));
      await expectOneAtATime(trial, [trial.store]);
    },
  },
  {
    name: "runs tasks for different keys concurrently",
    async run({ store, key, withTimeout }) {
      const begun = [0, 1, 2].map(() => Promise.withResolvers<void>());
      const keys = [key(), key({ account: "other" }), key({ owner: "other" })];
      const tasks = keys.map((its, index) =>
        store.exclusively(its, async () => {
          begun[index]!.resolve();
          await Promise.all(begun.map(({ promise }) => promise));
        }),
      );
      await withTimeout("three tasks of different keys that wait for each other", Promise.all(tasks));
    },
  },
  {
    name: "returns the result of the task",
    async run({ store, key }) {
      const value = { some: "value" };
      assert.equal(await store.exclusively(key(), async () => value), value);
    },
  },
  {
    name: "rejects with the error of the task, and ends its lease",
    async run({ store, key, withTimeout }) {
      const error = new Error("task failed");
      const failing = Array.from({ length: 3 }, () => store.exclusively(key(), () => Promise.reject(error)));
      for (const { reason } of (await Promise.allSettled(failing)) as PromiseRejectedResult[]) {
        assert.equal(reason, error);
      }
      const next = store.exclusively(key(), async () => "next");
      assert.equal(await withTimeout("the lease after a failed task", next), "next");
    },
  },
  {
    name: "gives each lease a higher fencing token than the one before, and a signal that has not aborted",
    async run({ store, key }) {
      let before = Number.NEGATIVE_INFINITY;
      for (let round = 0; round < 4; round++) {
        await store.exclusively(key(), async ({ fence, signal }) => {
          assert.ok(Number.isSafeInteger(fence), `the fencing token is ${fence}, not a whole number`);
          assert.ok(fence > before, `the fencing token ${fence} comes after ${before}`);
          assert.ok(signal instanceof AbortSignal && !signal.aborted);
          before = fence;
        });
      }
    },
  },
  {
    name: "lets the task of a lease read and write its grant",
    async run({ store, key, withTimeout }) {
      await store.put(key(), grantOf(1));
      const next = grantOf(2);
      const work = store.exclusively(key(), async ({ fence }) => {
        const present = await store.get(key());
        return store.put(key(), next, { ifVersion: present!.version, fence });
      });
      assert.equal(await withTimeout("a write under a lease", work), true);
      assert.deepEqual(await store.get(key()), next);
    },
  },
];

/** Starts many tasks for one key concurrently, through all given stores, and checks that never two of them run at a time. */
export async function expectOneAtATime(
  { key, withTimeout }: Trial<GrantStore>,
  stores: readonly GrantStore[],
): Promise<void> {
  let running = 0;
  let ran = 0;
  const work = (store: GrantStore) =>
    store.exclusively(key(), async () => {
      running += 1;
      assert.equal(running, 1, `${running} tasks run at a time`);
      // Long enough for another task to begin, if the store allowed it.
      for (let turn = 0; turn < 3; turn++) {
        await store.get(key());
        await setImmediate();
      }
      assert.equal(running, 1, `${running} tasks run at a time`);
      running -= 1;
      ran += 1;
    });
  const tasks = Array.from({ length: TASKS }, (_, index) => work(stores[index % stores.length]!));
  await withTimeout("all tasks for one key", Promise.all(tasks));
  assert.equal(ran, TASKS);
}
