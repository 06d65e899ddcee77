import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { AuthError } from "../errors/auth-error.ts";
import { createSealer } from "../seal/sealer.ts";
import type { Grant } from "./grant.ts";
import { memoryTokenStore } from "./memory-token-store.ts";
import { asOwnerId } from "./owner-id.ts";
import type { GrantKey, TokenStore } from "./types.ts";
import { GrantVault } from "./vault.ts";

const OLD = Buffer.from("the key of last year, 32 bytes or more");
const NEW = Buffer.from("the key of this year, 32 bytes or more");
const ADA: GrantKey = { client: "client", owner: asOwnerId("ada"), account: "1001" };
const GRANT: Grant = {
  id: "grant",
  user: { sub: "1001", email: "ada@example.com" },
  scopes: ["email", "openid"],
  accessToken: "ya29.canary-access",
  accessTokenExpiresAt: 1_800_000_000_000,
  refreshToken: "1//canary-refresh-of-ada",
  consentedAt: 1_700_000_000_000,
};

/** A vault over the given store, with its own keys. */
function vaultWith(store: TokenStore, ...keys: Buffer[]): GrantVault {
  return new GrantVault(store, createSealer(keys, "stored grant"));
}

/** The error that a call throws or rejects with. */
function failureOf(call: () => unknown): Promise<unknown> {
  return Promise.resolve()
    .then(call)
    .catch((thrown: unknown) => thrown);
}

function expectFailure(error: unknown, code: string): void {
  expect(error).toBeInstanceOf(AuthError);
  expect(error).toMatchObject({ code });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("canary");
}

describe("S36 a grant in a vault's store", () => {
  it("decrypts to the grant, and hides its tokens from the store", async () => {
    const store = memoryTokenStore();
    const vault = vaultWith(store, NEW);
    await vault.put(ADA, GRANT, 0);
    const stored = (await store.get(ADA))!;
    expect(JSON.stringify(stored)).not.toMatch(/canary|ya29|ada@example/);
    expect(Buffer.from(stored.payload.split(".")[2]!, "base64url").toString("latin1")).not.toContain("canary");
    expect(await vault.get(ADA)).toEqual({ version: stored.version, grant: GRANT });
  });

  it.each([
    ["owner", { ...ADA, owner: asOwnerId("mallory") }],
    ["account", { ...ADA, account: "1002" }],
    ["client", { ...ADA, client: "other" }],
  ])("does not decrypt where it was copied under another %s, and is not deleted", async (_, elsewhere) => {
    const store = memoryTokenStore();
    const vault = vaultWith(store, NEW);
    await vault.put(ADA, GRANT, 0);
    const stolen = (await store.get(ADA))!;
    await store.put(elsewhere, stolen);
    expectFailure(await failureOf(() => vault.get(elsewhere)), "unreadable_grant");
    expect(await store.get(elsewhere)).toEqual(stolen);
    expect((await vault.get(ADA))?.grant).toEqual(GRANT);
  });

  it("is decrypted with an older key, and encrypted with the newest", async () => {
    const store = memoryTokenStore();
    const before = await vaultWith(store, OLD).put(ADA, GRANT, 0);
    const rotated = vaultWith(store, NEW, OLD);
    expect((await rotated.get(ADA))?.grant).toEqual(GRANT);
    await rotated.put(ADA, { ...GRANT, accessToken: "ya29.canary-next" }, before!.version);
    expect((await vaultWith(store, NEW).get(ADA))?.grant.accessToken).toBe("ya29.canary-next");
  });

  it("does not decrypt where its key is missing, and is not deleted", async () => {
    const store = memoryTokenStore();
    await vaultWith(store, OLD).put(ADA, GRANT, 0);
    const keyless = vaultWith(store, NEW);
    expectFailure(await failureOf(() => keyless.get(ADA)), "unreadable_grant");
    expect((await vaultWith(store, OLD).get(ADA))?.grant).toEqual(GRANT);
  });
});

describe("the versions of a grant in a vault", () => {
  it("grow by 1 with each write, and decide whether a write or deletion happens", async () => {
    const vault = vaultWith(memoryTokenStore(), NEW);
    const first = await vault.put(ADA, GRANT, 0);
    const second = await vault.put(ADA, GRANT, first!.version);
    expect(second!.version).toBe(first!.version + 1);
    expect(await vault.put(ADA, GRANT, first!.version)).toBeUndefined();
    expect(await vault.delete(ADA, first!.version)).toBe(false);
    expect(await vault.delete(ADA, second!.version)).toBe(true);
  });

  it("never match those of a grant that was stored after a deletion", async () => {
    const vault = vaultWith(memoryTokenStore(), NEW);
    const before = (await vault.put(ADA, GRANT, 0))!;
    await vault.delete(ADA);
    const next: Grant = { ...GRANT, id: "next" };
    await vault.put(ADA, next, 0);
    expect(await vault.put(ADA, GRANT, before.version)).toBeUndefined();
    expect(await vault.delete(ADA, before.version)).toBe(false);
    expect((await vault.get(ADA))?.grant).toEqual(next);
  });
});

describe("a vault", () => {
  it("indexes the refresh token by the identifiers of Google's security events", async () => {
    const store = memoryTokenStore();
    await vaultWith(store, NEW).put(ADA, GRANT, 0);
    expect(await store.byTokenDigest("client", "prefix:1//canary-refres")).toEqual([ADA]);
    expect(await store.byTokenDigest("client", "prefix:1//canary")).toEqual([]);
    // printf … | openssl dgst -sha512 -binary | openssl dgst -sha512 -binary | base64
    const hash = "fYHLwioVM2tZgEIdiEywZXQQbzX6nG8j5WKPzIvGW1ZLachgNRN+Xu2wFKVGaNdL83Ib/LHU+KVN1vjY/kyxsw==";
    expect(await store.byTokenDigest("client", `hash_base64_sha512_sha512:${hash}`)).toEqual([ADA]);
  });

  it("turns a failure of the store into store_unavailable, where it throws and where it rejects", async () => {
    const down = new Error("connection refused");
    const failing: Partial<TokenStore> = {
      get: () => Promise.reject(down),
      put: () => Promise.reject(down),
      delete: () => {
        throw down;
      },
      list: () => Promise.reject(down),
      exclusively: () => Promise.reject(down),
    };
    const vault = vaultWith({ ...memoryTokenStore(), ...failing }, NEW);
    const calls = [
      () => vault.has(ADA),
      () => vault.get(ADA),
      () => vault.put(ADA, GRANT, 0),
      () => vault.delete(ADA),
      () => vault.list("client", ADA.owner),
      () => vault.exclusively(ADA, async () => "unreached"),
    ];
    for (const call of calls) {
      const error = await failureOf(call);
      expectFailure(error, "store_unavailable");
      expect(error).toHaveProperty("cause", down);
    }
  });

  it("rejects with the error of the work under a lease, unchanged", async () => {
    const error = new RangeError("work failed");
    await expect(vaultWith(memoryTokenStore(), NEW).exclusively(ADA, () => Promise.reject(error))).rejects.toBe(error);
  });
});

describe("a vault whose store returns promises of another realm", () => {
  const Foreign = runInNewContext("Promise") as PromiseConstructor;
  const later = <T>(give: () => T | Promise<T>): Promise<T> => Foreign.resolve().then(give);

  it("waits for them and does not take them for results", async () => {
    const inner = memoryTokenStore();
    const vault = vaultWith({ ...inner, get: (key) => later(() => inner.get(key)) }, NEW);
    expect(await vault.has(ADA)).toBe(false);
    expect(await vault.get(ADA)).toBeUndefined();
    await vault.put(ADA, GRANT, 0);
    expect(vault.has(ADA)).toBeInstanceOf(Promise);
    expect(await vault.has(ADA)).toBe(true);
    expect((await vault.get(ADA))?.grant).toEqual(GRANT);
  });

  it("turns their rejection into store_unavailable", async () => {
    const store: TokenStore = { ...memoryTokenStore(), get: () => later(() => Promise.reject(new Error("down"))) };
    expectFailure(await failureOf(() => vaultWith(store, NEW).get(ADA)), "store_unavailable");
    expectFailure(await failureOf(() => vaultWith(store, NEW).has(ADA)), "store_unavailable");
  });
});
