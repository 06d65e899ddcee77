// What the bench fills databases with is what the stores write: otherwise its sizes and times would be of something else.
import { randomUUID } from "node:crypto";
import { Pool } from "pg";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isMissing, SERVERS } from "../harness/stores/servers.ts";
import { makePostgresPlace } from "./stores-places-postgres.ts";
import { makeRedisPlace } from "./stores-places-redis.ts";
import { makeSqlitePlace } from "./stores-places-sqlite.ts";
import type { Place } from "./stores-places.ts";
import { recordKey, sealRecords, vaultOver } from "./stores-records.ts";
import type { SealedRecord } from "./stores-records.ts";

const COUNT = 150;
const id = randomUUID().replaceAll("-", "").slice(0, 12);
let records: readonly SealedRecord[];

beforeAll(async () => {
  records = await sealRecords(0, COUNT);
});

/** Fills one place by its loader, and the other by the store. */
async function fill(loaded: Place, written: Place): Promise<void> {
  await loaded.load(records);
  for (const { key, grant, options } of records) {
    expect(await written.store.put(key, grant, { ...options, ifVersion: 0 })).toBe(true);
  }
}

/** Holds that the store finds in a filled place what was put there, and that it opens. */
async function expectFound({ store }: Place): Promise<void> {
  const key = recordKey(COUNT - 1);
  expect((await vaultOver(store).get(key))?.grant.user.sub).toBe(key.account);
  expect(await store.list(key.client, key.owner)).toEqual([key]);
  expect(await store.keysOf(key.client, key.account)).toEqual([key]);
  expect(await store.byTokenDigest(key.client, records.at(-1)!.options.digests![0]!)).toContainEqual(key);
}

describe("a place that the bench fills", () => {
  it("is, in SQLite, what the store writes", async () => {
    await using loaded = await makeSqlitePlace("loaded");
    await loaded.load(records);
    await expectFound(loaded);
    const { steps, isByIndex } = await loaded.explain!((store) => store.keysOf("client", "subject"));
    expect(steps.join()).toContain("scopegate_grants_subject");
    expect(isByIndex).toBe(true);
    expect((await loaded.sizes())["scopegate_grants"]).toBeGreaterThan(COUNT * records[0]!.grant.payload.length);
  });
});

describe.skipIf(await isMissing("redis"))("a place that the bench fills in Redis", () => {
  const client = createClient({ url: SERVERS.redis });
  const names = [`loaded-${id}`, `written-${id}`] as const;

  beforeAll(async () => {
    await client.connect();
  });

  afterAll(async () => {
    for (const name of names) for await (const keys of keysOf(name)) await client.del(keys);
    client.destroy();
  });

  async function* keysOf(prefix: string) {
    for await (const keys of client.scanIterator({ MATCH: `${prefix}*`, COUNT: 1_000 }))
      if (keys.length > 0) yield keys;
  }

  /** All keys below a prefix with what they hold; but not when an entry was made. */
  async function contentOf(prefix: string) {
    const content: Record<string, unknown> = {};
    for await (const keys of keysOf(prefix)) {
      for (const key of keys) {
        const name = key.slice(prefix.length);
        const isTimed = /^:(?:subject|digest)/.test(name);
        content[name] = [
          await client.pTTL(key),
          name.startsWith(":grant") ? await client.hGetAll(key) : await client.zRangeWithScores(key, 0, -1),
        ];
        if (isTimed) content[name] = await client.zRange(key, 0, -1);
      }
    }
    return content;
  }

  it("is what the store writes", async () => {
    const [loaded, written] = await Promise.all(names.map((name) => makeRedisPlace(client, name)));
    await fill(loaded!, written!);
    await expectFound(loaded!);
    const content = await contentOf(names[0]);
    expect(Object.keys(content).filter((name) => name.startsWith(":grant"))).toHaveLength(COUNT);
    expect(content).toEqual(await contentOf(names[1]));
  });
});

describe.skipIf(await isMissing("postgres"))("a place that the bench fills in PostgreSQL", () => {
  const pool = new Pool({ connectionString: SERVERS.postgres, max: 2 });

  afterAll(() => pool.end());

  it("is what the store writes", async () => {
    await using loaded = await makePostgresPlace(pool, `loaded_${id}`);
    await using written = await makePostgresPlace(pool, `written_${id}`);
    await fill(loaded, written);
    await expectFound(loaded);
    const rowsOf = async (table: string) =>
      (await pool.query(`SELECT * FROM ${table}_${id}_grants ORDER BY written`)).rows;
    const rows = await rowsOf("loaded");
    expect(rows).toHaveLength(COUNT);
    expect(rows).toEqual(await rowsOf("written"));
  });
});
