import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { GrantKey, StoredGrant, TokenStore } from "../types.ts";

/** One promise that a store must hold. */
export interface StoreContractCase {
  /** The promise, as the name of a test. */
  readonly name: string;
  /** Rejects where the store breaks the promise. */
  readonly run: () => Promise<void>;
}

/** How a contract is run. */
export interface StoreContractOptions {
  /** Milliseconds after which a lease that does not come counts as never. Default 10,000. */
  readonly patience?: number;
  /**
   * How long a lease of these stores outlives its process, in milliseconds, where they keep leases in a server: open
   * them with a short one. The contract then also pauses a holder for longer. Absent: leases last as long as their work.
   */
  readonly leaseMs?: number;
}

/** What a shared store and one that is bound to a session have in common. */
export type GrantStore = Pick<TokenStore, "capabilities" | "get" | "put" | "delete" | "list" | "exclusively">;

/** What a case works with. */
export interface Trial<S extends GrantStore> {
  readonly store: S;
  /** Opens the store once more, as another process would. */
  readonly reopen: () => Promise<S>;
  /** A client ID that no other case uses. */
  readonly client: string;
  /** A key of that client; owner and account have a default. */
  readonly key: (parts?: Partial<GrantKey>) => GrantKey;
  /** What the work gives; fails, naming it, where it takes longer than the contract's patience. */
  readonly within: <T>(what: string, work: Promise<T>) => Promise<T>;
  /** The contract's option. */
  readonly leaseMs: number | undefined;
}

/** A case before it knows which store it is for. */
export interface CaseOf<S extends GrantStore> {
  readonly name: string;
  readonly run: (trial: Trial<S>) => Promise<void>;
}

/** Makes cases of one store; each opens it anew, and closes what it opened. */
export function bindCases<S extends GrantStore>(
  cases: readonly CaseOf<S>[],
  open: () => S | Promise<S>,
  { patience = 10_000, leaseMs }: StoreContractOptions,
): StoreContractCase[] {
  return cases.map(({ name, run }) => ({
    name,
    async run() {
      const opened: S[] = [];
      const reopen = async (): Promise<S> => {
        const store = await open();
        opened.push(store);
        return store;
      };
      const client = `contract-${randomUUID()}.apps.example`;
      const key = (parts?: Partial<GrantKey>): GrantKey => ({ client, owner: "owner", account: "account", ...parts });
      try {
        await run({ store: await reopen(), reopen, client, key, within: within(patience), leaseMs });
      } finally {
        for (const store of new Set(opened)) await (store as Partial<TokenStore>).close?.();
      }
    },
  }));
}

/** A grant to put: unlike any other, unless given the ID of one. */
export function grantOf(version: number, id: string = randomUUID()): StoredGrant {
  return { id, version, payload: `v1.key.${randomUUID()}` };
}

/** All that an iteration gives. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Equal as sets: the order is no part of the promise. */
export function expectSameKeys(actual: readonly GrantKey[], expected: readonly GrantKey[]): void {
  const sorted = (keys: readonly GrantKey[]) =>
    keys.map(({ client, owner, account }) => JSON.stringify([client, owner, account])).toSorted();
  assert.deepEqual(sorted(actual), sorted(expected));
}

/** Fails where something would hang: a lease that never ends, works that should run side by side. */
function within(patience: number): Trial<GrantStore>["within"] {
  return async (what, work) => {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`${what}: nothing within ${patience} ms`)), patience);
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}
