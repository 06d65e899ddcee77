// The contract itself: a store that breaks one promise fails the case that is named for it, and no honest one fails.
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { tokenStoreContract } from "./contract.ts";
import { collect } from "./contract/trial.ts";
import { memoryTokenStore } from "./memory.ts";
import type { GrantKey, PutOptions, TokenStore } from "./types.ts";

/** Names of the cases that a store fails. */
async function failuresOf(open: () => TokenStore, leaseMs?: number): Promise<string[]> {
  const failures: string[] = [];
  const options = { patience: 250, ...(leaseMs !== undefined && { leaseMs }) };
  for (const { name, run } of tokenStoreContract(open, options)) {
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
const LEASE_MS = 50;
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
      "forgets fences with the grant",
      ({ get, put }) => ({
        put: async (key, grant, options) =>
          put(key, grant, (await get(key)) === undefined ? without("fence", options) : options),
      }),
      "refuses a write under a lease from before the grant was deleted",
    ],
    [
      "writes names as UTF-8",
      ({ get, put }) => ({
        get: (key) => get({ ...key, owner: key.owner.toWellFormed() }),
        put: (key, grant, options) => put({ ...key, owner: key.owner.toWellFormed() }, grant, options),
      }),
      "keeps keys apart that are no well-formed Unicode, or refuses them",
    ],
    [
      "cuts long names",
      ({ get, put }) => ({
        get: (key) => get({ ...key, owner: key.owner.slice(0, 255) }),
        put: (key, grant, options) => put({ ...key, owner: key.owner.slice(0, 255) }, grant, options),
      }),
      "keeps keys apart that are very long, and lists them by what they are",
    ],
    [
      "reads an index, waits, and writes it",
      ({ put }) => {
        let index: readonly GrantKey[] = [];
        return {
          async put(key, grant, options) {
            const before = index;
            const written = await put(key, grant, options);
            index = [...before, key];
            return written;
          },
          keysOf: () => index,
        };
      },
      "keeps its indexes right through writes and deletions at once",
    ],
    [
      "counts the grants that it has gone through",
      ({ entries }) => ({
        async *entries(client) {
          for (let offset = 0; ; offset += 4) {
            const all = await collect(entries(client));
            const page = all.toSorted(([a], [b]) => (a.owner < b.owner ? -1 : 1)).slice(offset, offset + 4);
            if (page.length === 0) return;
            yield* page;
          }
        },
      }),
      "goes through a client's grants once each, even while they are read, rewritten and deleted",
    ],
    [
      "reads the first page only",
      ({ entries }) => ({
        async *entries(client) {
          let count = 0;
          for await (const entry of entries(client)) if (count++ < 500) yield entry;
        },
      }),
      "goes through more grants than it reads at once, each of them once, while others are added",
    ],
    [
      "takes the last word on a sign-out",
      () => {
        const signOuts = new Map<string, number>();
        return {
          signedOutAt: (client, subject) => signOuts.get(client + subject),
          setSignedOut: (client, subject, at) => void signOuts.set(client + subject, at),
        };
      },
      "knows the latest sign-out of many that several processes tell at once",
    ],
    [
      "claims to be shared",
      () => ({ capabilities: { durable: false, shared: true } }),
      "shares grants, sign-outs and leases with other processes, if it says so",
    ],
    [
      "claims to be durable",
      () => ({ capabilities: { durable: true, shared: false } }),
      "keeps grants and sign-outs when it is closed, if it says so",
    ],
  ])("is broken by a store that %s", async (_, damage, name) => {
    expect(await failuresOf(broken(damage))).toContain(name);
  });

  /** One store that every opening leads to, as if it were a server; one thing about its leases may be wrong. */
  function shared(damage: (honest: TokenStore) => Partial<TokenStore> = () => ({})): () => TokenStore {
    const server = memoryTokenStore();
    const store = { ...server, capabilities: { durable: false, shared: true }, ...damage(server) };
    return () => store;
  }

  it("is held by one store that every process sees", async () => {
    expect(await failuresOf(shared())).toEqual([]);
  });

  it.each<[string, (honest: TokenStore) => Partial<TokenStore>, string]>([
    [
      "leases that never end",
      () => ({}),
      "gives the lease of a paused process to another, tells it when it is back, and refuses what it then writes",
    ],
    [
      "leases that end while their holder is at work",
      ({ exclusively }) => ({
        async exclusively(key, work) {
          let working: ReturnType<typeof work> | undefined;
          await exclusively(key, async (lease) => {
            working = work(lease);
            await Promise.race([working.catch(() => undefined), delay(LEASE_MS)]);
          });
          return working!;
        },
      }),
      "keeps the lease of a work that takes longer than a lease lasts",
    ],
  ])("is broken by %s", async (_, damage, name) => {
    expect(await failuresOf(shared(damage), LEASE_MS)).toContain(name);
  });
});
