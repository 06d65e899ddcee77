import assert from "node:assert/strict";
import type { TokenStore } from "../types.ts";
import { collect, grantOf } from "./trial.ts";
import type { CaseOf } from "./trial.ts";

const HOUR_MS = 3_600_000;

/** Tests of fencing tokens, of the expiry of grants, and of durability. */
export const guaranteeCases: readonly CaseOf<TokenStore>[] = [
  {
    name: "rejects a write under an older lease than one that has written",
    async run({ store, key }) {
      const stale = await store.exclusively(key(), async ({ fence }) => fence);
      const present = grantOf(2);
      await store.exclusively(key(), async ({ fence }) => {
        assert.equal(await store.put(key(), grantOf(1), { ifVersion: 0, fence }), true);
        assert.equal(await store.put(key(), present, { ifVersion: 1, fence }), true);
      });
      assert.equal(await store.put(key(), grantOf(3), { ifVersion: 2, fence: stale }), false);
      assert.equal(await store.put(key(), grantOf(3), { fence: stale }), false);
      assert.deepEqual(await store.get(key()), present);
    },
  },
  {
    name: "remembers the fencing token through writes without one",
    async run({ store, key }) {
      const stale = await store.exclusively(key(), async ({ fence }) => fence);
      await store.exclusively(key(), async ({ fence }) => store.put(key(), grantOf(1), { fence }));
      const present = grantOf(2);
      assert.equal(await store.put(key(), present, { ifVersion: 1 }), true);
      assert.equal(await store.put(key(), grantOf(3), { ifVersion: 2, fence: stale }), false);
      assert.deepEqual(await store.get(key()), present);
    },
  },
  {
    name: "rejects a write under a lease from before the grant was deleted",
    async run({ store, key, client }) {
      const stale = await store.exclusively(key(), async ({ fence }) => fence);
      await store.exclusively(key(), async ({ fence }) => {
        assert.equal(await store.put(key(), grantOf(1), { fence }), true);
        assert.equal(await store.delete(key(), { ifVersion: 1 }), true);
      });
      assert.equal(await store.put(key(), grantOf(2), { ifVersion: 0, fence: stale, digests: ["digest"] }), false);
      assert.equal(await store.put(key(), grantOf(2), { fence: stale }), false);
      assert.equal(await store.get(key()), undefined);
      assert.deepEqual(await store.list(client, key().owner), []);
      assert.deepEqual(await store.keysOf(client, "account"), []);
      assert.deepEqual(await store.byTokenDigest(client, "digest"), []);
      // The holder of the present lease may write.
      const next = grantOf(3);
      assert.equal(await store.exclusively(key(), async ({ fence }) => store.put(key(), next, { fence })), true);
      assert.deepEqual(await store.get(key()), next);
    },
  },
  {
    name: "keeps a grant until it expires",
    async run({ store, key, client }) {
      const grant = grantOf(1);
      await store.put(key(), grant, { expiresAt: Date.now() + HOUR_MS });
      assert.deepEqual(await store.get(key()), grant);
      assert.deepEqual(await store.list(client, key().owner), [key()]);
    },
  },
  {
    name: "keeps an expired grant in all its methods, or in none",
    async run({ store, key, client }) {
      await store.put(key(), grantOf(1), { expiresAt: Date.now() - HOUR_MS, digests: ["digest"] });
      const isThere = (await store.get(key())) !== undefined;
      const found = isThere ? [key()] : [];
      assert.deepEqual(await store.list(client, key().owner), found);
      assert.deepEqual(await store.keysOf(client, "account"), found);
      assert.deepEqual(await store.byTokenDigest(client, "digest"), found);
      assert.equal((await collect(store.entries(client))).length, found.length);
      assert.equal(await store.delete(key(), { ifVersion: 7 }), !isThere);
      const next = grantOf(2);
      assert.equal(await store.put(key(), next, { ifVersion: isThere ? 1 : 0 }), true);
      assert.deepEqual(await store.get(key()), next, "a write without `expiresAt` kept the one before");
    },
  },
  {
    name: "keeps grants and sign-outs when it is closed, where `capabilities.durable` is true",
    async run({ store, reopen, key, client }) {
      if (!store.capabilities.durable) return;
      const grant = grantOf(1);
      await store.put(key(), grant);
      await store.setSignedOut(client, "account", 1_800_000_000_000);
      await store.close?.();
      const later = await reopen();
      assert.deepEqual(await later.get(key()), grant);
      assert.equal(await later.signedOutAt(client, "account"), 1_800_000_000_000);
      await later.delete(key());
    },
  },
];
