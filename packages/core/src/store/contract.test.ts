// Tests of the contract itself: a store with one defect fails the test for it, and a correct store fails none.
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { tokenStoreContract } from "./contract.ts";
import { collect } from "./contract/trial.ts";
import { memoryTokenStore } from "./memory-token-store.ts";
import { asOwnerId } from "./owner-id.ts";
import type { GrantKey, PutOptions, TokenStore } from "./types.ts";

/** The names of the tests that a store fails. */
async function failuresOf(open: () => TokenStore, leaseMs?: number): Promise<string[]> {
  const failures: string[] = [];
  const options = { timeout: 250, ...(leaseMs !== undefined && { leaseMs }) };
  for (const { name, run } of tokenStoreContract(open, options)) {
    await run().catch(() => failures.push(name));
  }
  return failures;
}

/** A memory token store with one defect. */
function broken(defect: (inner: TokenStore) => Partial<TokenStore>): () => TokenStore {
  return () => {
    const inner = memoryTokenStore();
    return { ...inner, ...defect(inner) };
  };
}

const joined = ({ client, owner, account }: GrantKey) => ({
  client,
  owner: asOwnerId(`${owner}:${account}`),
  account: "",
});
const without = (name: keyof PutOptions, options: PutOptions = {}): PutOptions =>
  Object.fromEntries(Object.entries(options).filter(([option]) => option !== name));
const LEASE_MS = 50;
let fences = 0;

describe("the contract of token stores", () => {
  it("passes with the memory token store", async () => {
    expect(await failuresOf(() => memoryTokenStore())).toEqual([]);
  });

  it.each<[string, (inner: TokenStore) => Partial<TokenStore>, string]>([
    [
      "ignores ifVersion",
      ({ put }) => ({ put: (key, grant, options) => put(key, grant, without("ifVersion", options)) }),
      "writes with `ifVersion: 0` only where there is no grant",
    ],
    [
      "reads, waits and then writes",
      ({ get, put }) => ({
        async put(key, grant, { ifVersion, ...options } = {}) {
          const present = await get(key);
          if (ifVersion !== undefined && ifVersion !== (present?.version ?? 0)) return false;
          return put(key, grant, options);
        },
      }),
      "accepts exactly one of many concurrent writes over the same version",
    ],
    [
      "deletes a newer version",
      (inner) => ({ delete: (key) => inner.delete(key) }),
      "deletes with `ifVersion` only that version, so that a late deletion leaves a newer grant",
    ],
    [
      "truncates long payloads",
      ({ put }) => ({
        put: (key, grant, options) => put(key, { ...grant, payload: grant.payload.slice(0, 4096) }, options),
      }),
      "returns a grant as it was written",
    ],
    [
      "joins the parts of a key with a colon",
      ({ get, put }) => ({
        get: (key) => get(joined(key)),
        put: (key, grant, options) => put(joined(key), grant, options),
      }),
      "separates keys with any characters",
    ],
    [
      "lists the grants of other owners too",
      ({ keysOf }) => ({ list: (client, owner) => keysOf(client, owner) }),
      "lists the grants of an owner, the one that was written last first",
    ],
    [
      "runs tasks without a lock",
      () => ({ exclusively: (_key, work) => work({ fence: ++fences, signal: new AbortController().signal }) }),
      "runs one task at a time for a key",
    ],
    [
      "has one lock for all keys",
      ({ exclusively }) => ({
        exclusively: (_key, work) => exclusively({ client: "", owner: asOwnerId(""), account: "" }, work),
      }),
      "runs tasks for different keys concurrently",
    ],
    [
      "wraps the errors of tasks",
      ({ exclusively }) => ({
        exclusively: (key, work) =>
          exclusively(key, work).catch((cause: unknown) => {
            throw new Error("the store failed", { cause });
          }),
      }),
      "rejects with the error of the task, and ends its lease",
    ],
    [
      "ignores fencing tokens",
      ({ put }) => ({ put: (key, grant, options) => put(key, grant, without("fence", options)) }),
      "rejects a write under an older lease than one that has written",
    ],
    [
      "never removes a digest",
      ({ byTokenDigest, keysOf }) => ({
        byTokenDigest: (client, digest) =>
          digest === "next" ? keysOf(client, "account") : byTokenDigest(client, digest),
      }),
      "finds a grant by the digests of its last write, and by no older ones",
    ],
    [
      "deletes the fencing tokens with the grant",
      ({ get, put }) => ({
        put: async (key, grant, options) =>
          put(key, grant, (await get(key)) === undefined ? without("fence", options) : options),
      }),
      "rejects a write under a lease from before the grant was deleted",
    ],
    [
      "encodes names as UTF-8",
      ({ get, put }) => ({
        get: (key) => get({ ...key, owner: asOwnerId(key.owner.toWellFormed()) }),
        put: (key, grant, options) => put({ ...key, owner: asOwnerId(key.owner.toWellFormed()) }, grant, options),
      }),
      "separates keys that are not well-formed Unicode, or rejects them",
    ],
    [
      "truncates long names",
      ({ get, put }) => ({
        get: (key) => get({ ...key, owner: asOwnerId(key.owner.slice(0, 255)) }),
        put: (key, grant, options) => put({ ...key, owner: asOwnerId(key.owner.slice(0, 255)) }, grant, options),
      }),
      "separates very long keys, and lists them unchanged",
    ],
    [
      "reads an index, waits and then writes it",
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
      "keeps its indexes consistent through concurrent writes and deletions",
    ],
    [
      "pages through grants by their number",
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
      "iterates over each grant of a client once, while grants are read, rewritten and deleted",
    ],
    [
      "reads only the first page",
      ({ entries }) => ({
        async *entries(client) {
          let count = 0;
          for await (const entry of entries(client)) if (count++ < 500) yield entry;
        },
      }),
      "iterates over each of many grants once, while others are added",
    ],
    [
      "keeps the last recorded sign-out and not the latest",
      () => {
        const signOuts = new Map<string, number>();
        return {
          signedOutAt: (client, subject) => signOuts.get(client + subject),
          setSignedOut: (client, subject, at) => void signOuts.set(client + subject, at),
        };
      },
      "returns the latest of many sign-outs that several processes record concurrently",
    ],
    [
      "claims to be shared",
      () => ({ capabilities: { durable: false, shared: true } }),
      "shares grants, sign-outs and leases with other processes, where `capabilities.shared` is true",
    ],
    [
      "claims to be durable",
      () => ({ capabilities: { durable: true, shared: false } }),
      "keeps grants and sign-outs when it is closed, where `capabilities.durable` is true",
    ],
  ])("fails with a store that %s", async (_, defect, name) => {
    expect(await failuresOf(broken(defect))).toContain(name);
  });

  /** One store for all openings, as if it were a server. Its leases may have one defect. */
  function shared(defect: (inner: TokenStore) => Partial<TokenStore> = () => ({})): () => TokenStore {
    const server = memoryTokenStore();
    const store = { ...server, capabilities: { durable: false, shared: true }, ...defect(server) };
    return () => store;
  }

  it("passes with one store that all processes share", async () => {
    expect(await failuresOf(shared())).toEqual([]);
  });

  it.each<[string, (inner: TokenStore) => Partial<TokenStore>, string]>([
    [
      "never ends a lease",
      () => ({}),
      "passes the lease of a paused process on, aborts its signal, and rejects its later writes",
    ],
    [
      "ends a lease while its holder is running",
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
      "renews the lease of a task that takes longer than `leaseMs`",
    ],
  ])("fails with a shared store that %s", async (_, defect, name) => {
    expect(await failuresOf(shared(defect), LEASE_MS)).toContain(name);
  });
});
