import assert from "node:assert/strict";
import type { GrantKey } from "../types.ts";
import { grantOf } from "./trial.ts";
import type { CaseOf, GrantStore } from "./trial.ts";

const RIVALS = 16;

/** Texts that a naive encoding of keys may put between their parts. */
const SEPARATORS = [
  ":",
  "{",
  "}",
  "}:{",
  "$",
  ";",
  "--",
  "?",
  "/",
  "|",
  ",",
  ".",
  "-",
  "_",
  " ",
  "\n",
  "\u001f",
  "\\",
  '"',
  "'",
  "%",
  "*",
  '","',
];

/** Owners that a store may mistake for another owner or for a special value. */
const ODD_OWNERS = [
  "a",
  "A",
  " a",
  "a ",
  "é",
  "e\u0301",
  "😀",
  "__proto__",
  "constructor",
  "0",
  "00",
  "null",
  "%61",
  "{a}",
  "{a}:",
  "user:{a}",
  "ａ",
  "\\u0000",
  "\\",
  "\\\\",
  "ß",
  "ss",
  "I",
  "ı",
];

/** Longer than the text that databases index, and than many of them allow for a name. */
const LONG = "owner".repeat(1_000);

/** Tests of single records and their versions, for any store. */
export const recordCases: readonly CaseOf<GrantStore>[] = [
  {
    name: "returns no grant for a key that was never written",
    async run({ store, key, client }) {
      assert.equal(await store.get(key()), undefined);
      assert.deepEqual(await store.list(client, key().owner), []);
    },
  },
  {
    name: "returns a grant as it was written",
    async run({ store, key }) {
      const grant = { ...grantOf(2 ** 31 - 1), payload: `v1.${"abc-_XYZ".repeat(8_000)}` };
      assert.equal(await store.put(key(), grant), true);
      assert.deepEqual({ ...(await store.get(key())) }, grant);
    },
  },
  {
    name: "replaces any grant where no version is named",
    async run({ store, key }) {
      await store.put(key(), grantOf(7));
      const next = grantOf(3);
      assert.equal(await store.put(key(), next), true);
      assert.deepEqual(await store.get(key()), next);
    },
  },
  {
    name: "writes with `ifVersion: 0` only where there is no grant",
    async run({ store, key }) {
      const first = grantOf(1);
      assert.equal(await store.put(key(), first, { ifVersion: 0 }), true);
      assert.equal(await store.put(key(), grantOf(1), { ifVersion: 0 }), false);
      assert.deepEqual(await store.get(key()), first);
    },
  },
  {
    name: "writes with `ifVersion` only over that version, and otherwise changes nothing",
    async run({ store, key }) {
      assert.equal(await store.put(key(), grantOf(2), { ifVersion: 1 }), false);
      assert.equal(await store.get(key()), undefined);
      const first = grantOf(4);
      await store.put(key(), first);
      for (const ifVersion of [3, 5]) {
        assert.equal(await store.put(key(), grantOf(5, first.id), { ifVersion }), false);
        assert.deepEqual(await store.get(key()), first);
      }
      const second = grantOf(5, first.id);
      assert.equal(await store.put(key(), second, { ifVersion: 4 }), true);
      assert.deepEqual(await store.get(key()), second);
    },
  },
  {
    name: "accepts exactly one of many concurrent writes over the same version",
    async run({ store, key }) {
      let present = grantOf(0);
      for (let version = 0; version < 3; version++) {
        const rivals = Array.from({ length: RIVALS }, () => grantOf(version + 1));
        const written = await Promise.all(rivals.map(async (rival) => store.put(key(), rival, { ifVersion: version })));
        assert.equal(written.filter(Boolean).length, 1, `version ${version + 1} was written more than once, or never`);
        present = rivals[written.indexOf(true)]!;
        assert.deepEqual(await store.get(key()), present);
      }
    },
  },
  {
    name: "deletes with `ifVersion` only that version, so that a late deletion leaves a newer grant",
    async run({ store, key }) {
      const present = grantOf(6);
      await store.put(key(), present);
      assert.equal(await store.delete(key(), { ifVersion: 5 }), false);
      assert.deepEqual(await store.get(key()), present);
      assert.equal(await store.delete(key(), { ifVersion: 6 }), true);
      assert.equal(await store.get(key()), undefined);
    },
  },
  {
    name: "deletes any grant where no version is named, and returns true where there is none",
    async run({ store, key, client }) {
      await store.put(key(), grantOf(6));
      assert.equal(await store.delete(key()), true);
      assert.equal(await store.get(key()), undefined);
      assert.deepEqual(await store.list(client, key().owner), []);
      assert.equal(await store.delete(key()), true);
      assert.equal(await store.delete(key(), { ifVersion: 6 }), true);
    },
  },
  {
    name: "accepts a grant with another ID once the old one is deleted",
    async run({ store, key }) {
      await store.put(key(), grantOf(6));
      await store.delete(key());
      const next = grantOf(1);
      assert.equal(await store.put(key(), next, { ifVersion: 0 }), true);
      assert.deepEqual(await store.get(key()), next);
    },
  },
  {
    name: "accepts either a write or a deletion of the same version, never both",
    async run({ store, key }) {
      for (let round = 0; round < RIVALS; round++) {
        const next = grantOf(2);
        await store.put(key(), grantOf(1));
        const write = async () => store.put(key(), next, { ifVersion: 1 });
        const remove = async () => store.delete(key(), { ifVersion: 1 });
        const calls = round % 2 === 0 ? [write(), remove()] : [remove(), write()];
        const [first, second] = await Promise.all(calls);
        assert.notEqual(first, second);
        const written = round % 2 === 0 ? first : second;
        assert.deepEqual(await store.get(key()), written ? next : undefined);
      }
    },
  },
  {
    name: "separates keys that differ only in the owner or only in the account",
    async run({ store, key, client }) {
      const keys = [key(), key({ owner: "other" }), key({ account: "other" }), key({ owner: "account" })];
      await expectSeparate(store, keys);
      await store.delete(keys[0]!);
      assert.deepEqual(await store.list(client, key().owner), [key({ account: "other" })]);
      assert.deepEqual(await store.list(client, key({ owner: "other" }).owner), [key({ owner: "other" })]);
    },
  },
  {
    name: "separates keys with any characters",
    async run({ store, key }) {
      const split = SEPARATORS.flatMap((separator) => [
        key({ owner: `a${separator}b`, account: "c" }),
        key({ owner: "a", account: `b${separator}c` }),
      ]);
      await expectSeparate(store, [
        ...split,
        ...ODD_OWNERS.map((owner) => key({ owner })),
        ...ODD_OWNERS.map((account) => key({ account })),
      ]);
    },
  },
  {
    name: "separates very long keys, and lists them unchanged",
    async run({ store, key, client }) {
      const keys = ["a", "b", ""].map((end) => key({ owner: LONG + end }));
      await expectSeparate(store, keys);
      for (const its of keys) assert.deepEqual(await store.list(client, its.owner), [its]);
    },
  },
  {
    name: "returns owners and accounts with any characters unchanged",
    async run({ store, key, client }) {
      for (const odd of [...ODD_OWNERS, ...SEPARATORS]) {
        await store.put(key({ owner: odd, account: odd }), grantOf(1));
        assert.deepEqual(await store.list(client, key({ owner: odd }).owner), [key({ owner: odd, account: odd })]);
      }
    },
  },
  {
    name: "separates keys that are not well-formed Unicode, or rejects them",
    async run({ store, key }) {
      const [high, other] = [key({ owner: "\ud800" }), key({ owner: "\ud801" })];
      const grant = grantOf(1);
      try {
        await store.put(high, grant);
      } catch {
        return;
      }
      assert.equal(await store.get(other), undefined);
      assert.equal(await store.get(key({ owner: "\ufffd" })), undefined);
      assert.deepEqual(await store.get(high), grant);
    },
  },
  {
    name: "separates a key with a NUL from other keys, or rejects it",
    async run({ store, key }) {
      const plain = grantOf(1);
      await store.put(key(), plain);
      const first = key({ owner: "a\0b", account: "c" });
      try {
        await store.put(first, grantOf(1));
      } catch {
        // Some databases do not allow NUL in text.
        return;
      }
      assert.equal(await store.get(key({ owner: "a", account: "b\0c" })), undefined);
      assert.notEqual(await store.get(first), undefined);
      assert.equal(await store.get(key({ owner: "a" })), undefined);
      assert.deepEqual(await store.get(key()), plain);
    },
  },
  {
    name: "lists the grants of an owner, the one that was written last first",
    async run({ store, key, client }) {
      const ofAccount = (account: string) => key({ account });
      for (const account of ["30", "1", "200"]) await store.put(ofAccount(account), grantOf(1));
      await store.put(key({ owner: "other", account: "4" }), grantOf(1));
      assert.deepEqual(await store.list(client, key().owner), ["200", "1", "30"].map(ofAccount));
      await store.put(ofAccount("1"), grantOf(2), { ifVersion: 1 });
      await store.put(ofAccount("30"), grantOf(9), { ifVersion: 8 });
      await store.get(ofAccount("30"));
      assert.deepEqual(await store.list(client, key().owner), ["1", "200", "30"].map(ofAccount));
      await store.delete(ofAccount("200"));
      assert.deepEqual(await store.list(client, key().owner), ["1", "30"].map(ofAccount));
    },
  },
];

/** Writes a grant at each key, and checks that each key returns its own. */
async function expectSeparate(store: GrantStore, keys: readonly GrantKey[]): Promise<void> {
  const grants = keys.map(() => grantOf(1));
  for (const [index, key] of keys.entries()) {
    const written = await store.put(key, grants[index]!, { ifVersion: 0 });
    assert.equal(written, true, `${JSON.stringify(key)} was taken for another key`);
  }
  for (const [index, key] of keys.entries()) assert.deepEqual(await store.get(key), grants[index]);
}
