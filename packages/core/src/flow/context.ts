import type { IdTokenValidator } from "../google/id-token.ts";
import type { TokenClient } from "../google/token-client.ts";
import type { RequestView } from "../http/request-view.ts";
import type { ResolvedOptions } from "../options/resolve-options.ts";
import type { Pages } from "../pages/index.ts";
import type { TokenMaker } from "../seal/token-maker.ts";
import type { GrantVault } from "../store/vault.ts";
import type { Attempts } from "./attempt.ts";
import type { LoopGuard } from "./loop-guard.ts";
import type { Notifier } from "./notify.ts";
import type { Refresher } from "./refresh.ts";
import type { SignIns } from "./sign-in.ts";

/** The parts of one Scopegate instance. They are made once, and no request changes them. */
export interface FlowContext {
  readonly options: ResolvedOptions;
  readonly attempts: Attempts;
  readonly signIns: SignIns;
  readonly loopGuard: LoopGuard;
  readonly tokens: TokenClient;
  readonly idTokens: IdTokenValidator;
  readonly refresher: Refresher;
  readonly notify: Notifier;
  readonly pages: Pages;
  readonly formTokens: TokenMaker;
  /** The grants that a request may see: in the shared store, or in its own session. */
  vaultOf(request: RequestView): GrantVault;
  /** The grants in a request's own session. With a shared store, these are from the time before the app had one. */
  sessionVaultOf(request: RequestView): GrantVault;
  /** The grants in the shared store; `undefined` if grants live in sessions. */
  readonly sharedVault: GrantVault | undefined;
  /** When a subject was signed out everywhere, by the shared store. Milliseconds since the epoch. */
  signedOutAt(subject: string): number | undefined | Promise<number | undefined>;
  /** Whether `/authorize?scope=` may ask for a scope. */
  isDeclared(scope: string): boolean;
}
