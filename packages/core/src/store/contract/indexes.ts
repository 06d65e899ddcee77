import assert from "node:assert/strict";
import type { GrantKey, StoredGrant, TokenStore } from "../types.ts";
import { collect, expectSameKeys, grantOf } from "./trial.ts";
import type { CaseOf, Trial } from "./trial.ts";

/** More than a store reads at once, and how many of them are written at a time. */
const MANY = 600;
const BATCH = 50;
const OWNERS = 24;

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
    name: "goes through more grants than it reads at once, each of them once, while others are added",
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
    name: "lets go of an iteration that is not finished",
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
    name: "keeps its indexes right through writes and deletions at once",
    async run(trial) {
      await expectRightIndexes(trial, [trial.store]);
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

/** Writes and deletes many grants of one subject at once, through all these stores: afterwards the indexes say what is there. */
export async function expectRightIndexes(
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
