import assert from "node:assert/strict";
import type { GrantKey, StoredGrant, TokenStore } from "../types.ts";
import { collect, grantOf } from "./trial.ts";
import type { CaseOf } from "./trial.ts";

/** Ways to find grants without their key: for sign-out everywhere, for security events, and for maintenance. */
export const indexCases: readonly CaseOf<TokenStore>[] = [
  {
    name: "keeps the grants of different clients apart",
    async run({ store, key, client }) {
      const foreign = key({ client: `other.${client}` });
      const grant = grantOf(1);
      await store.put(foreign, grant, { digests: ["digest"] });
      assert.equal(await store.get(key()), undefined);
      assert.deepEqual(await store.list(client, "owner"), []);
      assert.deepEqual(await store.keysOf(client, "account"), []);
      assert.deepEqual(await store.byTokenDigest(client, "digest"), []);
      assert.deepEqual(await collect(store.entries(client)), []);
      await store.delete(key());
      assert.deepEqual(await store.get(foreign), grant);
      await store.delete(foreign);
    },
  },
  {
    name: "finds every owner's grant of a subject",
    async run({ store, key, client }) {
      const [ada, grace] = [key({ owner: "ada" }), key({ owner: "grace" })];
      for (const its of [ada, grace, key({ owner: "ada", account: "other" })]) await store.put(its, grantOf(1));
      expectSameKeys(await store.keysOf(client, "account"), [ada, grace]);
      await store.delete(ada);
      expectSameKeys(await store.keysOf(client, "account"), [grace]);
    },
  },
  {
    name: "finds a grant by the digests of its last write, and by no others",
    async run({ store, key, client }) {
      const find = async (digest: string) => store.byTokenDigest(client, digest);
      const other = key({ owner: "other" });
      await store.put(key(), grantOf(1), { digests: ["prefix:1//0abcdef", "hash:YWJj/+=="] });
      await store.put(other, grantOf(1), { digests: ["prefix:1//0abcdef"] });
      expectSameKeys(await find("prefix:1//0abcdef"), [key(), other]);
      expectSameKeys(await find("hash:YWJj/+=="), [key()]);
      expectSameKeys(await find("prefix:1//0abcde"), []);

      await store.put(key(), grantOf(3), { ifVersion: 2, digests: ["lost"] });
      expectSameKeys(await find("lost"), []);
      await store.put(key(), grantOf(2), { ifVersion: 1, digests: ["next"] });
      expectSameKeys(await find("hash:YWJj/+=="), []);
      expectSameKeys(await find("next"), [key()]);
      await store.put(key(), grantOf(3), { ifVersion: 2 });
      expectSameKeys(await find("next"), []);
      await store.delete(other);
      expectSameKeys(await find("prefix:1//0abcdef"), []);
    },
  },
  {
    name: "goes through a client's grants once each, even while they are read, rewritten and deleted",
    async run({ store, key, client }) {
      const keys = Array.from({ length: 7 }, (_, index) => key({ owner: `owner ${index}` }));
      const grants = new Map<string, StoredGrant>();
      for (const its of keys) {
        const grant = grantOf(1);
        grants.set(its.owner, grant);
        await store.put(its, grant);
      }
      const seen: GrantKey[] = [];
      for await (const [its, grant] of store.entries(client)) {
        assert.ok(seen.length < keys.length, "a grant came twice");
        assert.deepEqual(grant, grants.get(its.owner));
        seen.push(its);
        await store.get(its);
        if (its.owner === "owner 3") await store.delete(its);
        else assert.equal(await store.put(its, grantOf(2, grant.id), { ifVersion: 1 }), true);
      }
      expectSameKeys(seen, keys);
      assert.equal((await collect(store.entries(client))).length, keys.length - 1);
    },
  },
  {
    name: "knows when a subject was last signed out, whatever the order in which it is told",
    async run({ store, client }) {
      assert.equal(await store.signedOutAt(client, "account"), undefined);
      await store.setSignedOut(client, "account", 1_800_000_000_000);
      await store.setSignedOut(client, "account", 1_700_000_000_000);
      assert.equal(await store.signedOutAt(client, "account"), 1_800_000_000_000);
      await store.setSignedOut(client, "account", 1_900_000_000_000);
      assert.equal(await store.signedOutAt(client, "account"), 1_900_000_000_000);
      assert.equal(await store.signedOutAt(client, "other"), undefined);
      assert.equal(await store.signedOutAt(`other.${client}`, "account"), undefined);
    },
  },
];

/** Equal as sets: the order is no part of the promise. */
function expectSameKeys(actual: readonly GrantKey[], expected: readonly GrantKey[]): void {
  const sorted = (keys: readonly GrantKey[]) =>
    keys.map(({ client, owner, account }) => JSON.stringify([client, owner, account])).toSorted();
  assert.deepEqual(sorted(actual), sorted(expected));
}
