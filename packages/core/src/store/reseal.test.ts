import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { createSealer } from "../seal/sealer.ts";
import type { Grant } from "./grant.ts";
import { memoryTokenStore } from "./memory-token-store.ts";
import { asOwnerId } from "./owner-id.ts";
import { createPlainSealer } from "./plain-text.ts";
import type { ResealProgress } from "./reseal-options.ts";
import { resealGrants } from "./reseal.ts";
import type { GrantKey, TokenStore } from "./types.ts";
import { GrantVault } from "./vault.ts";

const OLD = Buffer.from("the key of last year, 32 bytes or more");
const NEW = Buffer.from("the key of this year, 32 bytes or more");
const LOST = Buffer.from("a key that is lost, of 32 bytes or more");
const keyOf = (owner: string): GrantKey => ({ client: "client", owner: asOwnerId(owner), account: "1001" });
const grantOf = (owner: string): Grant => ({
  id: owner,
  user: { sub: "1001" },
  scopes: ["openid"],
  accessToken: `ya29.${owner}`,
  accessTokenExpiresAt: 1_800_000_000_000,
  refreshToken: `1//0-refresh-token-of-${owner}`,
  refreshTokenExpiresAt: 4_000_000_000_000,
  consentedAt: 1_700_000_000_000,
});
const sealerOf = (...keys: Buffer[]) => createSealer(keys, "stored grant");

/** A store with `count` grants of the old key, and the vault of an app that has both keys. */
async function startWith(count: number, store: TokenStore = memoryTokenStore()) {
  const before = new GrantVault(store, sealerOf(OLD));
  for (let index = 0; index < count; index++) await before.put(keyOf(`user ${index}`), grantOf(`user ${index}`), 0);
  return { store, before, vault: new GrantVault(store, sealerOf(NEW, OLD)) };
}

describe("resealGrants", () => {
  it("encrypts every grant with the newest key, and changes nothing else", async () => {
    const { store, vault } = await startWith(40);
    const reports: ResealProgress[] = [];
    const end = await resealGrants(vault, "client", { onProgress: (progress) => void reports.push(progress) });
    expect(end).toEqual({ seen: 40, resealed: 40, skipped: 0, unreadable: 0 });
    expect(reports.at(-1)).toEqual(end);
    const later = new GrantVault(store, sealerOf(NEW));
    for (let index = 0; index < 40; index++) {
      expect((await later.get(keyOf(`user ${index}`)))?.grant).toEqual(grantOf(`user ${index}`));
    }
    // The index of refresh tokens still finds it.
    const prefix = `prefix:${grantOf("user 7").refreshToken!.slice(0, 16)}`;
    expect(await store.byTokenDigest("client", prefix)).toHaveLength(40);
  });

  it("reports its progress, and waits for each report", async () => {
    const { vault } = await startWith(400);
    const seen: number[] = [];
    let isReporting = false;
    await resealGrants(vault, "client", {
      async onProgress(progress) {
        expect(isReporting).toBe(false);
        isReporting = true;
        await Promise.resolve();
        isReporting = false;
        seen.push(progress.seen);
      },
    });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(400);
  });

  it("stops where its signal aborts, and a second run continues there", async () => {
    const { vault } = await startWith(400);
    const stop = new AbortController();
    const reason = new Error("deploying");
    const onProgress = () => stop.abort(reason);
    await expect(resealGrants(vault, "client", { onProgress, signal: stop.signal })).rejects.toBe(reason);
    const end = await resealGrants(vault, "client");
    expect(end.skipped).toBeGreaterThan(0);
    expect(end.resealed).toBeGreaterThan(0);
    expect(end.resealed + end.skipped).toBe(400);
    expect(await resealGrants(vault, "client")).toEqual({ seen: 400, resealed: 0, skipped: 400, unreadable: 0 });
  });

  it("leaves a grant that no key decrypts, and counts it as unreadable", async () => {
    const { store, vault } = await startWith(3);
    await new GrantVault(store, sealerOf(LOST)).put(keyOf("lost"), grantOf("lost"), 0);
    const lost = await store.get(keyOf("lost"));
    expect(await resealGrants(vault, "client")).toEqual({ seen: 4, resealed: 3, skipped: 0, unreadable: 1 });
    expect(await store.get(keyOf("lost"))).toEqual(lost);
  });

  it("does not overwrite a grant that a refresh has written meanwhile", async () => {
    const inner = memoryTokenStore();
    const refreshed = { ...grantOf("user 0"), accessToken: "ya29.refreshed" };
    let isRaced = false;
    const racing: TokenStore = {
      ...inner,
      async put(key, grant, options) {
        if (!isRaced && before !== undefined) {
          isRaced = true;
          // Another process, which does not have the new key yet, writes first.
          const present = await before.get(key);
          await new GrantVault(inner, sealerOf(OLD)).put(key, refreshed, present!.version);
        }
        return inner.put(key, grant, options);
      },
    };
    let before: GrantVault | undefined;
    const started = await startWith(1, racing);
    before = started.before;
    expect(await resealGrants(started.vault, "client")).toMatchObject({ resealed: 1 });
    expect(isRaced).toBe(true);
    expect((await new GrantVault(inner, sealerOf(NEW)).get(keyOf("user 0")))?.grant).toEqual(refreshed);
  });

  it("does not bring back a grant that was deleted meanwhile", async () => {
    const inner = memoryTokenStore();
    const store: TokenStore = {
      ...inner,
      async *entries(client) {
        for await (const entry of inner.entries(client)) {
          await inner.delete(entry[0]);
          yield entry;
        }
      },
    };
    const { vault } = await startWith(2, store);
    expect(await resealGrants(vault, "client")).toEqual({ seen: 2, resealed: 0, skipped: 2, unreadable: 0 });
    expect(await store.get(keyOf("user 0"))).toBeUndefined();
  });

  it("rejects with store_unavailable where the store fails", async () => {
    const store: TokenStore = {
      ...memoryTokenStore(),
      // oxlint-disable-next-line eslint/require-yield -- it fails before
      async *entries() {
        throw new Error("connection reset");
      },
    };
    const vault = new GrantVault(store, sealerOf(NEW));
    await expect(resealGrants(vault, "client")).rejects.toMatchObject({ code: "store_unavailable" });
  });
});

describe("createPlainSealer", () => {
  const plain = createPlainSealer(sealerOf(NEW));

  it("writes plain text in printable ASCII, bound to its context", async () => {
    const sealed = plain.seal("é 😀 \0 text", "context");
    expect(sealed).toMatch(/^[ -~]+$/);
    expect(plain.open(sealed, "context")).toEqual({ plaintext: "é 😀 \0 text" });
    expect(plain.open(sealed, "another")).toEqual({ failure: "corrupt" });
    expect(plain.open("plain.{", "context")).toEqual({ failure: "corrupt" });
  });

  it("decrypts grants of a key, which resealGrants then writes in plain text", async () => {
    const { store } = await startWith(2);
    const vault = new GrantVault(store, createPlainSealer(sealerOf(NEW, OLD)));
    expect(await resealGrants(vault, "client")).toMatchObject({ resealed: 2 });
    expect((await store.get(keyOf("user 1")))!.payload).toContain("ya29.user 1");
  });

  it("writes grants that a vault with keys rejects, so that a grant cannot be planted in the store", async () => {
    const { store, vault } = await startWith(1);
    await new GrantVault(store, plain).put(keyOf("mallory"), grantOf("mallory"), 0);
    const thrown = await Promise.resolve()
      .then(() => vault.get(keyOf("mallory")))
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: "unreadable_grant" });
    expect(inspect(thrown)).not.toContain("ya29");
  });
});
