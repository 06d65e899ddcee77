import { indexCases } from "./contract/indexes.ts";
import { leaseCases } from "./contract/leases.ts";
import { processCases } from "./contract/processes.ts";
import { promiseCases } from "./contract/promises.ts";
import { recordCases } from "./contract/records.ts";
import { bindCases } from "./contract/trial.ts";
import type { StoreContractCase, StoreContractOptions } from "./contract/trial.ts";
import type { BoundTokenStore, TokenStore } from "./types.ts";

export type { StoreContractCase, StoreContractOptions } from "./contract/trial.ts";

/**
 * What every {@link TokenStore} must hold, as cases for any test runner: `run` rejects with an `AssertionError` where
 * the store breaks a promise.
 *
 * ```ts
 * for (const { name, run } of tokenStoreContract(() => myTokenStore({ client }))) it(name, run);
 * ```
 *
 * Each case keeps to a client ID of its own, so that a database with other content in it serves as well.
 *
 * @param open - opens the store. Called once for each case, and again where a case plays a second process: a store
 *   whose capabilities promise it finds there what the first one wrote. A case closes what it opened, if it has `close`.
 */
export function tokenStoreContract(
  open: () => TokenStore | Promise<TokenStore>,
  options: StoreContractOptions = {},
): readonly StoreContractCase[] {
  return [
    ...bindCases(recordCases, open, options),
    ...bindCases(leaseCases, open, options),
    ...bindCases(indexCases, open, options),
    ...bindCases(promiseCases, open, options),
    ...bindCases(processCases, open, options),
  ];
}

/**
 * What a store that lives in one session must hold, as {@link tokenStoreContract}.
 * @param open - binds the store to a session without grants, a new one for each case
 */
export function boundStoreContract(
  open: () => BoundTokenStore | Promise<BoundTokenStore>,
  options: StoreContractOptions = {},
): readonly StoreContractCase[] {
  return [...bindCases(recordCases, open, options), ...bindCases(leaseCases, open, options)];
}
