// The contract itself: a store that breaks one promise fails the case that is named for it, and no honest one fails.
import { describe, expect, it } from "vitest";
import { tokenStoreContract } from "./contract.ts";
import { memoryTokenStore } from "./memory.ts";
import type { GrantKey, PutOptions, TokenStore } from "./types.ts";

/** Names of the cases that a store fails. */
async function failuresOf(open: () => TokenStore): Promise<string[]> {
  const failures: string[] = [];
  for (const { name, run } of tokenStoreContract(open, { patience: 250 })) {
    await run().catch(() => failures.push(name));
  }
  return failures;
}

/** A memory store with one thing wrong. */
function broken(damage: (honest: TokenStore) => Partial<TokenStore>): () => TokenStore {
  return () => {
    const honest = memoryTokenStore();
    return { ...honest, ...damage(honest) };
  };
}

const joined = ({ client, owner, account }: GrantKey) => ({ client, owner: `${owner}:${account}`, account: "" });
const without = (name: keyof PutOptions, options: PutOptions = {}): PutOptions =>
  Object.fromEntries(Object.entries(options).filter(([option]) => option !== name));
let fences = 0;

describe("the contract of token stores", () => {
  it("is held by the memory store", async () => {
    expect(await failuresOf(() => memoryTokenStore())).toEqual([]);
  });

  it.each<[string, (honest: TokenStore) => Partial<TokenStore>, string]>([
    [
      "ignores ifVersion",
      ({ put }) => ({ put: (key, grant, options) => put(key, grant, without("ifVersion", options)) }),
      "writes with ifVersion 0 only where nothing is",
    ],
    [
      "reads, waits, and writes",
      ({ get, put }) => ({
        async put(key, grant, { ifVersion, ...options } = {}) {
          const present = await get(key);
          if (ifVersion !== undefined && ifVersion !== (present?.version ?? 0)) return false;
          return put(key, grant, options);
        },
      }),
      "lets exactly one of many win that write over the same version at once",
    ],
    [
      "deletes a newer version",
      (honest) => ({ delete: (key) => honest.delete(key) }),
      "deletes with ifVersion only that version: a stale delete leaves a newer grant",
    ],
    [
      "cuts what is long",
      ({ put }) => ({
        put: (key, grant, options) => put(key, { ...grant, payload: grant.payload.slice(0, 4096) }, options),
      }),
      "gives a grant back as it was written",
    ],
    [
      "joins the parts of a key",
      ({ get, put }) => ({
        get: (key) => get(joined(key)),
        put: (key, grant, options) => put(joined(key), grant, options),
      }),
      "keeps keys apart whatever characters are in them",
    ],
    [
      "forgets whose the accounts are",
      ({ keysOf }) => ({ list: (client, owner) => keysOf(client, owner) }),
      "lists an owner's accounts, the latest written first",
    ],
    [
      "keeps nobody out",
      () => ({ exclusively: (_key, work) => work({ fence: ++fences, signal: new AbortController().signal }) }),
      "runs one work at a time for a key",
    ],
    [
      "has one lock for all",
      ({ exclusively }) => ({
        exclusively: (_key, work) => exclusively({ client: "", owner: "", account: "" }, work),
      }),
      "runs works for different keys side by side",
    ],
    [
      "wraps errors",
      ({ exclusively }) => ({
        exclusively: (key, work) =>
          exclusively(key, work).catch((cause: unknown) => {
            throw new Error("the store failed", { cause });
          }),
      }),
      "passes the work's error on, and ends its lease",
    ],
    [
      "ignores fences",
      ({ put }) => ({ put: (key, grant, options) => put(key, grant, without("fence", options)) }),
      "refuses a write under an older lease than one that has written",
    ],
    [
      "never forgets a digest",
      ({ byTokenDigest, keysOf }) => ({
        byTokenDigest: (client, digest) =>
          digest === "next" ? keysOf(client, "account") : byTokenDigest(client, digest),
      }),
      "finds a grant by the digests of its last write, and by no others",
    ],
    [
      "claims to be shared",
      () => ({ capabilities: { durable: false, shared: true } }),
      "shares grants and leases with other processes, if it says so",
    ],
    [
      "claims to be durable",
      () => ({ capabilities: { durable: true, shared: false } }),
      "keeps grants and sign-outs when it is closed, if it says so",
    ],
  ])("is broken by a store that %s", async (_, damage, name) => {
    expect(await failuresOf(broken(damage))).toContain(name);
  });
});
