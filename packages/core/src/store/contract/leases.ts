import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { grantOf } from "./trial.ts";
import type { CaseOf, GrantStore, Trial } from "./trial.ts";

const WORKERS = 8;

/** Leases: one process at a time refreshes a grant. */
export const leaseCases: readonly CaseOf<GrantStore>[] = [
  {
    name: "runs one work at a time for a key",
    async run(trial) {
      await trial.store.put(trial.key(), grantOf(1));
      await expectOneAtATime(trial, [trial.store]);
    },
  },
  {
    name: "runs works for different keys side by side",
    async run({ store, key, within }) {
      const begun = [0, 1, 2].map(() => Promise.withResolvers<void>());
      const keys = [key(), key({ account: "other" }), key({ owner: "other" })];
      const works = keys.map((its, index) =>
        store.exclusively(its, async () => {
          begun[index]!.resolve();
          await Promise.all(begun.map(({ promise }) => promise));
        }),
      );
      await within("works for three keys that wait for each other", Promise.all(works));
    },
  },
  {
    name: "gives back what the work gives",
    async run({ store, key }) {
      const value = { some: "value" };
      assert.equal(await store.exclusively(key(), async () => value), value);
    },
  },
  {
    name: "passes the work's error on, and ends its lease",
    async run({ store, key, within }) {
      const error = new Error("of the work");
      const failing = Array.from({ length: 3 }, () => store.exclusively(key(), () => Promise.reject(error)));
      for (const { reason } of (await Promise.allSettled(failing)) as PromiseRejectedResult[]) {
        assert.equal(reason, error);
      }
      const next = store.exclusively(key(), async () => "next");
      assert.equal(await within("the lease after one that failed", next), "next");
    },
  },
  {
    name: "gives each lease a higher fence than the one before, and a signal that has not fired",
    async run({ store, key }) {
      let before = Number.NEGATIVE_INFINITY;
      for (let round = 0; round < 4; round++) {
        await store.exclusively(key(), async ({ fence, signal }) => {
          assert.ok(Number.isSafeInteger(fence), `the fence is ${fence}, not a whole number`);
          assert.ok(fence > before, `the fence ${fence} comes after ${before}`);
          assert.ok(signal instanceof AbortSignal && !signal.aborted);
          before = fence;
        });
      }
    },
  },
  {
    name: "lets the work of a lease read and write its grant",
    async run({ store, key, within }) {
      await store.put(key(), grantOf(1));
      const next = grantOf(2);
      const work = store.exclusively(key(), async ({ fence }) => {
        const present = await store.get(key());
        return store.put(key(), next, { ifVersion: present!.version, fence });
      });
      assert.equal(await within("a write under a lease", work), true);
      assert.deepEqual(await store.get(key()), next);
    },
  },
];

/** Many works for one key, asked for at once of all these stores (or processes): never two of them at a time. */
export async function expectOneAtATime(
  { key, within }: Trial<GrantStore>,
  stores: readonly GrantStore[],
): Promise<void> {
  let running = 0;
  let ran = 0;
  const work = (store: GrantStore) =>
    store.exclusively(key(), async () => {
      running += 1;
      assert.equal(running, 1, `${running} works run at a time`);
      // Long enough for a rival to begin, if it could.
      for (let turn = 0; turn < 3; turn++) {
        await store.get(key());
        await setImmediate();
      }
      assert.equal(running, 1, `${running} works run at a time`);
      running -= 1;
      ran += 1;
    });
  const works = Array.from({ length: WORKERS }, (_, index) => work(stores[index % stores.length]!));
  await within("all works for one key", Promise.all(works));
  assert.equal(ran, WORKERS);
}
