import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { withTimeout } from "../../util/timeout.ts";
import { asOwnerId } from "../owner-id.ts";
import type { GrantKey, StoredGrant, TokenStore } from "../types.ts";

/** One test of a store. */
export interface StoreContractCase {
  /** The name of the test: a sentence whose subject is the store. */
  readonly name: string;
  /** Runs the test. Rejects with an `AssertionError` where the store fails it. */
  readonly run: () => Promise<void>;
}

/** Options of {@link tokenStoreContract} and {@link boundStoreContract}. */
export interface StoreContractOptions {
  /** Milliseconds after which a lease that does not come, or work that does not end, fails a test. Default 10,000. */
  readonly timeout?: number;
  /**
   * The `leaseMs` of the opened stores, in milliseconds, where they keep leases on a server. The contract then also tests
   * work that lasts longer than a lease, and a holder that is paused for longer. It takes several times `leaseMs`, so
   * open the stores with a short one. Default: leases have no end, and these tests are skipped.
   */
  readonly leaseMs?: number;
}

/** The methods that a token store and a session's token store have in common. */
export type GrantStore = Pick<TokenStore, "capabilities" | "get" | "put" | "delete" | "list" | "exclusively">;

/** The parts of a key as plain text. */
export interface KeyParts {
  readonly client?: string;
  readonly owner?: string;
  readonly account?: string;
}

/** The environment of a test. */
export interface Trial<S extends GrantStore> {
  readonly store: S;
  /** Opens the store again, as another process would. */
  readonly reopen: () => Promise<S>;
  /** A client ID that no other test uses. */
  readonly client: string;
  /** A key of that client, with the owner `owner` and the account `account` unless `parts` has others. */
  readonly key: (parts?: KeyParts) => GrantKey;
  /** The result of the work. Rejects with an error that names it where it takes longer than the contract's timeout. */
  readonly withTimeout: <T>(what: string, work: Promise<T>) => Promise<T>;
  /** The option `leaseMs` of the contract. */
  readonly leaseMs: number | undefined;
}

/** A test that is not yet bound to a store. */
export interface CaseOf<S extends GrantStore> {
  readonly name: string;
  readonly run: (trial: Trial<S>) => Promise<void>;
}

/** Binds tests to a store. Each test opens its own, and closes it at the end. */
export function bindCases<S extends GrantStore>(
  cases: readonly CaseOf<S>[],
  open: () => S | Promise<S>,
  { timeout = 10_000, leaseMs }: StoreContractOptions,
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
      const key = ({ owner = "owner", ...parts }: KeyParts = {}): GrantKey => ({
        client,
        account: "account",
        ...parts,
        owner: asOwnerId(owner),
      });
      try {
        await run({ store: await reopen(), reopen, client, key, withTimeout: limitTo(timeout), leaseMs });
      } finally {
        for (const store of new Set(opened)) await (store as Partial<TokenStore>).close?.();
      }
    },
  }));
}

/** A new grant to write. With an ID, it is another version of that grant. */
export function grantOf(version: number, id: string = randomUUID()): StoredGrant {
  return { id, version, payload: `v1.key.${randomUUID()}` };
}

/** All items of an iteration. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Compares two lists of keys without regard to their order. */
export function expectSameKeys(actual: readonly GrantKey[], expected: readonly GrantKey[]): void {
  const sorted = (keys: readonly GrantKey[]) =>
    keys.map(({ client, owner, account }) => JSON.stringify([client, owner, account])).toSorted();
  assert.deepEqual(sorted(actual), sorted(expected));
}

/** Turns a hang into a failure, for example a lease that never ends, or tasks that wait for each other. */
function limitTo(timeout: number): Trial<GrantStore>["withTimeout"] {
  return (what, work) => withTimeout(work, timeout, () => new Error(`${what}: not done within ${timeout} ms`));
}
