import { guaranteeCases } from "./contract/guarantees.ts";
import { indexCases } from "./contract/indexes.ts";
import { leaseCases } from "./contract/leases.ts";
import { processCases } from "./contract/processes.ts";
import { recordCases } from "./contract/records.ts";
import { bindCases } from "./contract/trial.ts";
import type { StoreContractCase, StoreContractOptions } from "./contract/trial.ts";
import type { BoundTokenStore, TokenStore } from "./types.ts";

export type { StoreContractCase, StoreContractOptions } from "./contract/trial.ts";

/**
 * The tests that every {@link TokenStore} must pass, for any test runner. `run` rejects with an `AssertionError` where the
 * store fails a test.
 *
 * Each test uses its own client ID, so that the database may have other content. A test leaves its grants in the database.
 *
 * @param open - opens the store. It is called once for each test, and again where a test needs a second process: that
 *   store must see the grants of the first one where `capabilities` say so. Each test closes the stores that it opened,
 *   where they have `close`.
 * @param options - the time limit of a test, and the `leaseMs` of the stores
 *
 * @example
 * ```ts
 * import { tokenStoreContract } from "@scopegate/core/store-contract";
 * import { describe, it } from "vitest";
 *
 * describe("my token store", () => {
 *   const open = () => myTokenStore({ client, leaseMs: 1_000 });
 *   for (const { name, run } of tokenStoreContract(open, { leaseMs: 1_000 })) it(name, run);
 * });
 * ```
 */
export function tokenStoreContract(
  open: () => TokenStore | Promise<TokenStore>,
  options: StoreContractOptions = {},
): readonly StoreContractCase[] {
  return [
    ...bindCases(recordCases, open, options),
    ...bindCases(leaseCases, open, options),
    ...bindCases(indexCases, open, options),
    ...bindCases(guaranteeCases, open, options),
    ...bindCases(processCases, open, options),
  ];
}

/**
 * The tests that the token store of one session must pass, like {@link tokenStoreContract}.
 * @param open - returns the store of a new session without grants. It is called for each test.
 *
 * @example
 * ```ts
 * import { boundStoreContract } from "@scopegate/core/store-contract";
 *
 * for (const { name, run } of boundStoreContract(() => myStore.bind(newSession(), "grants"))) it(name, run);
 * ```
 */
export function boundStoreContract(
  open: () => BoundTokenStore | Promise<BoundTokenStore>,
  options: StoreContractOptions = {},
): readonly StoreContractCase[] {
  return [...bindCases(recordCases, open, options), ...bindCases(leaseCases, open, options)];
}
