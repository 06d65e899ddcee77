import assert from "node:assert/strict";
import type { GrantKey, StoredGrant, TokenStore } from "../types.ts";
import { collect, expectSameKeys, grantOf } from "./trial.ts";
import type { CaseOf, Trial } from "./trial.ts";

/** More grants than a store reads in one page. */
const MANY = 600;
/** How many of them are written concurrently. */
const BATCH = 50;
const OWNERS = 24;

/** Tests of the methods that find grants without their key, and of sign-outs. */
export const indexCases: readonly CaseOf<TokenStore>[] = [
  {
    name: "separates the grants of different clients",
    async run({ store, key, client }) {
      const foreign = key({ client: `other.${client}` });
      const grant = grantOf(1);
      await store.put(foreign, grant, { digests: ["digest"] });
      assert.equal(await store.get(key()), undefined);
      assert.deepEqual(await store.list(client, key().owner), []);
      assert.deepEqual(await store.keysOf(client, "account"), []);
      assert.deepEqual(await store.byTokenDigest(client, "digest"), []);
      assert.deepEqual(await collect(store.entries(client)), []);
      await store.delete(key());
      assert.deepEqual(await store.get(foreign), grant);
      await store.delete(foreign);
    },
  },
  {
    name: "finds the grants of all owners by their Google account",
    async run({ store, key, client }) {
      const [ada, grace] = [key({ owner: "ada" }), key({ owner: "grace" })];
      for (const its of [ada, grace, key({ owner: "ada", account: "other" })]) await store.put(its, grantOf(1));
      expectSameKeys(await store.keysOf(client, "account"), [ada, grace]);
      await store.delete(ada);
      expectSameKeys(await store.keysOf(client, "account"), [grace]);
    },
  },
  {
    name: "finds a grant by the digests of its last write, and by no older ones",
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
    name: "iterates over each grant of a client once, while grants are read, rewritten and deleted",
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
    name: "iterates over each of many grants once, while others are added",
    async run({ store, key, client }) {
      const keys = Array.from({ length: MANY }, (_, index) =>
        key({ owner: `owner ${index}`, account: `${index % 7}` }),
      );
      for (let at = 0; at < MANY; at += BATCH) {
        await Promise.all(keys.slice(at, at + BATCH).map(async (its) => store.put(its, grantOf(1))));
      }
      const seen = new Map<string, number>();
      let added = 0;
      for await (const [{ owner }] of store.entries(client)) {
        seen.set(owner, (seen.get(owner) ?? 0) + 1);
        if (seen.size % 100 === 0) await store.put(key({ owner: `added ${added++}` }), grantOf(1));
      }
      for (const { owner } of keys) assert.equal(seen.get(owner), 1, `${owner} came ${seen.get(owner) ?? 0} times`);
      assert.ok(Math.max(...seen.values()) === 1, "a grant came twice");
    },
  },
  {
    name: "stays usable after an iteration that was left early",
    async run({ store, key, client }) {
      for (const owner of ["ada", "grace", "katherine"]) await store.put(key({ owner }), grantOf(1));
      for await (const [first] of store.entries(client)) {
        assert.equal(await store.delete(first), true);
        break;
      }
      assert.equal((await collect(store.entries(client))).length, 2);
    },
  },
  {
    name: "keeps its indexes consistent through concurrent writes and deletions",
    async run(trial) {
      await expectConsistentIndexes(trial, [trial.store]);
    },
  },
  {
    name: "returns the latest sign-out of a Google account, in any order of the calls",
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

/** Writes and deletes many grants of one Google account concurrently, through all given stores, and then checks all indexes. */
export async function expectConsistentIndexes(
  { key, client }: Trial<TokenStore>,
  stores: readonly TokenStore[],
): Promise<void> {
  const keys = Array.from({ length: OWNERS }, (_, index) => key({ owner: `owner ${index}` }));
  for (let round = 0; round < 3; round++) {
    const changes = keys.map(async (its, index) => {
      const [store, rival] = [stores[index % stores.length]!, stores[(index + 1) % stores.length]!];
      const put = store.put(its, grantOf(1), { digests: ["digest"] });
      if (index % 2 === round % 2) await rival.delete(its);
      await put;
    });
    await Promise.all(changes);
    for (const store of stores) {
      const present: GrantKey[] = [];
      for (const its of keys) {
        const isThere = (await store.get(its)) !== undefined;
        if (isThere) present.push(its);
        assert.deepEqual(await store.list(client, its.owner), isThere ? [its] : []);
      }
      expectSameKeys(await store.keysOf(client, "account"), present);
      expectSameKeys(await store.byTokenDigest(client, "digest"), present);
      expectSameKeys(
        (await collect(store.entries(client))).map(([its]) => its),
        present,
      );
    }
  }
}
