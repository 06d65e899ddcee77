import type { IdTokenValidator } from "../google/id-token.ts";
import type { TokenClient } from "../google/token-client.ts";
import type { RequestView } from "../http/request-view.ts";
import type { ResolvedOptions } from "../options/options.ts";
import type { Pages } from "../pages/index.ts";
import type { TokenMaker } from "../seal/token-maker.ts";
import type { GrantVault } from "../store/vault.ts";
import type { Attempts } from "./attempt.ts";
import type { LoopGuard } from "./loop-guard.ts";
import type { Notifier } from "./notify.ts";
import type { Refresher } from "./refresh.ts";
import type { SignIns } from "./sign-in.ts";

/** The parts of one Scopegate instance that the flow works with: made once, never changed by a request. */
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
  /** The grants as a request may see them: its own session's, or the shared store's. */
  vaultOf(request: RequestView): GrantVault;
  /** The grants in a request's own session; beside a shared store, those from before the app had it. */
  sessionVaultOf(request: RequestView): GrantVault;
  /** The shared store's grants; `undefined` where grants live in sessions. */
  readonly sharedVault: GrantVault | undefined;
  /** When a subject was signed out everywhere, as the shared store knows it. */
  signedOutAt(subject: string): number | undefined | Promise<number | undefined>;
  /** Whether a scope may be asked for by `/authorize?scope=`. */
  isDeclared(scope: string): boolean;
}
