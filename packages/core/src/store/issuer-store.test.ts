import { describe, expect, it } from "vitest";
import { tokenStoreContract } from "./contract.ts";
import { clientAt, storeOfIssuer } from "./issuer-store.ts";
import { memoryTokenStore } from "./memory-token-store.ts";
import { asOwnerId } from "./owner-id.ts";

const ISSUER = "https://login.example.com";
const KEY = { client: "client", owner: asOwnerId("user:1"), account: "10" };
const GRANT = { id: "grant", version: 7, payload: "sealed" };

describe("the store of an issuer", () => {
  it.each(tokenStoreContract(() => storeOfIssuer(memoryTokenStore(), ISSUER)))("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });

  it("is the store itself for Google, so that stored records keep their names", () => {
    const store = memoryTokenStore();
    expect(storeOfIssuer(store, undefined)).toBe(store);
    expect(clientAt("client", undefined)).toBe("client");
  });

  it("shares no record and no sign-out with the store of another issuer", async () => {
    const whole = memoryTokenStore();
    const stores = [undefined, ISSUER, "https://login.example.org"].map((issuer) => storeOfIssuer(whole, issuer));
    for (const store of stores) {
      expect(await store.get(KEY)).toBeUndefined();
      expect(await store.put(KEY, GRANT, { ifVersion: 0, digests: ["digest"] })).toBe(true);
      expect(await store.list(KEY.client, KEY.owner)).toEqual([KEY]);
      expect(await store.keysOf(KEY.client, KEY.account)).toEqual([KEY]);
      expect(await store.byTokenDigest(KEY.client, "digest")).toEqual([KEY]);
      const entries: unknown[] = [];
      for await (const entry of store.entries(KEY.client)) entries.push(entry);
      expect(entries).toEqual([[KEY, GRANT]]);
      expect(await store.signedOutAt(KEY.client, KEY.account)).toBeUndefined();
      await store.setSignedOut(KEY.client, KEY.account, 1);
    }
    expect(await stores[1]!.delete(KEY)).toBe(true);
    const left: unknown[] = [];
    for (const store of stores) left.push(await store.get(KEY));
    expect(left).toEqual([GRANT, undefined, GRANT]);
  });
});
