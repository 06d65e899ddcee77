import { randomUUID } from "node:crypto";
import { KeyvMysql } from "@keyv/mysql";
import KeyvRedis from "@keyv/redis";
import { tokenStoreContract } from "@scopegate/core/store-contract";
import { asOwnerId } from "@scopegate/core/store-kit";
import { keyvTokenStore } from "@scopegate/keyv";
import type { KeyvLike } from "@scopegate/keyv";
import { Keyv } from "keyv";
import { afterAll, describe, expect, it } from "vitest";
import { isMissing, SERVERS } from "../harness/stores/servers.ts";

const namespace = `test-${randomUUID()}`;
const table = `keyv_${randomUUID().replaceAll("-", "").slice(0, 12)}`;
const grant = { id: "grant", version: 1, payload: "v1.sealed" };
const key = (parts = {}) => ({
  client: `client-${randomUUID()}`,
  owner: asOwnerId("owner"),
  account: "account",
  ...parts,
});

describe("the token store over a Keyv in memory", () => {
  const keyv = new Keyv({ throwOnErrors: true });
  it.each(tokenStoreContract(() => keyvTokenStore(keyv)))("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });

  it("declares that it is neither durable nor shared", () => {
    expect(keyvTokenStore(keyv).capabilities).toEqual({ durable: false, shared: false });
  });

  it("does not write at the same time as another store over the same Keyv", async () => {
    const stores = [keyvTokenStore(keyv), keyvTokenStore(keyv)];
    const its = key();
    const written = await Promise.all(
      Array.from({ length: 16 }, async (_, index) => stores[index % 2]!.put(its, grant, { ifVersion: 0 })),
    );
    expect(written.filter(Boolean)).toHaveLength(1);
  });

  it("ignores index entries that a crash has left", async () => {
    const content = new Map<string, unknown>();
    const whole = new Keyv({ store: content, throwOnErrors: true });
    const its = key();
    await keyvTokenStore(whole).put(its, grant, { digests: ["digest"] });
    for (const name of content.keys()) if (name.includes("scopegate:grant:")) content.delete(name);
    const store = keyvTokenStore(whole);
    expect(await store.list(its.client, asOwnerId("owner"))).toEqual([]);
    expect(await store.keysOf(its.client, "account")).toEqual([]);
    expect(await store.byTokenDigest(its.client, "digest")).toEqual([]);
    for await (const entry of store.entries(its.client)) expect(entry).toBeUndefined();
  });

  it("leaves only the fences of a deleted grant", async () => {
    const content = new Map<string, unknown>();
    const store = keyvTokenStore(new Keyv({ store: content, throwOnErrors: true }));
    const its = key();
    await store.exclusively(its, async ({ fence }) => store.put(its, grant, { fence, digests: ["one", "two"] }));
    await store.put(its, { ...grant, version: 2 }, { ifVersion: 1, digests: ["three"] });
    expect(content.size).toBe(6);
    await store.delete(its);
    expect([...content.keys()]).toEqual([expect.stringContaining("scopegate:fences:")]);
  });
});

describe.skipIf(await isMissing("redis"))("the token store over a Keyv in Redis", () => {
  const keyv = new Keyv({ store: new KeyvRedis(SERVERS.redis), namespace, throwOnErrors: true });

  afterAll(async () => {
    await keyv.clear();
    await keyv.disconnect();
  });

  it.each(tokenStoreContract(() => keyvTokenStore(keyv)))("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });

  it("is durable and not shared, and does not close the Keyv", async () => {
    const store = keyvTokenStore(keyv);
    expect(store.capabilities).toEqual({ durable: true, shared: false });
    await store.close?.();
    await store.put(key(), grant);
  });
});

describe.skipIf(await isMissing("mariadb"))("the token store over a Keyv in MariaDB", () => {
  const keyv = new Keyv({ store: new KeyvMysql({ uri: SERVERS.mariadb, table }), throwOnErrors: true });

  afterAll(async () => {
    await (keyv.store as KeyvMysql).query(`DROP TABLE IF EXISTS ${table}`);
    await keyv.disconnect();
  });

  it.each(tokenStoreContract(() => keyvTokenStore(keyv)))("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

describe("a Keyv that is down", () => {
  const down = () => Promise.reject(new Error("connection refused"));
  const keyv = new Keyv({ store: { get: down, set: down, delete: down, clear: down, opts: {} }, throwOnErrors: true });
  keyv.on("error", () => undefined);

  it("makes every method reject, so that no grant looks deleted", async () => {
    const store = keyvTokenStore(keyv);
    await expect(store.get(key())).rejects.toThrow("connection refused");
    await expect(store.put(key(), grant)).rejects.toThrow("connection refused");
    await expect(store.list("client", asOwnerId("owner"))).rejects.toThrow("connection refused");
    await expect(store.exclusively(key(), async () => undefined)).rejects.toThrow("connection refused");
  });
});

describe("the Keyv of the store", () => {
  it.each<[string, unknown, RegExp]>([
    ["nothing", undefined, /must be a Keyv/],
    ["no Keyv", {}, /must be a Keyv/],
    ["one that hides outages", new Keyv(), /throwOnErrors: true/],
    ["one that ends grants", new Keyv({ ttl: 1_000, throwOnErrors: true }), /`ttl`/],
  ])("is rejected if it is %s", (_, keyv, message) => {
    expect(() => keyvTokenStore(keyv as KeyvLike)).toThrow(message);
  });
});
