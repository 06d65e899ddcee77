import type { AuthError } from "../errors/auth-error.ts";
import type { VerifiedUser } from "../google/user.ts";

/** What a hook about a grant is told. It holds no secret. */
export interface HookEvent<Request = unknown> {
  /** The verified claims of the Google account. */
  readonly user: VerifiedUser;
  /** Scopes granted now, canonical. */
  readonly scopes: readonly string[];
  /**
   * The owner of the grant, as `forUser` takes it: the app's own user, by the option `userId`. In an app without that
   * option it is the subject that the account is linked to, and absent for an account that signed in itself. In
   * `authorized` it is the user before the hook, which may log another user in.
   */
  readonly userId?: string;
  /** The account is linked to a sign-in (option `link`); its owner did not sign in with it. */
  readonly linked?: true;
  /** The framework's request. Absent for work without a request (`forUser`). */
  readonly request?: Request;
}

/** What the hook `denied` is told. It holds no secret. */
export interface DeniedEvent<Request = unknown> {
  /** The signed-in user, if there is one. */
  readonly user?: VerifiedUser;
  /** The declined scopes, canonical. */
  readonly scopes: readonly string[];
  /** The user declined to link an account. */
  readonly linked?: true;
  readonly request: Request;
}

/** What the hook `failed` is told. It holds no secret. */
export interface FailureEvent<Request = unknown> {
  readonly error: AuthError;
  /** The framework's request. Absent for a refresh, which several requests and jobs may share. */
  readonly request?: Request;
  /** The owner of the grant, as `forUser` takes it. Absent if the error concerns no grant, such as one of a sign-in. */
  readonly userId?: string;
  /** The subject of the grant's Google account, as `account()` takes it. */
  readonly account?: string;
}

/** The hooks, and what each is told. */
export interface HookEvents<Request = unknown> {
  /** After Google's response was validated and before anything is stored. An error that it throws refuses the sign-in. */
  readonly authorized: HookEvent<Request>;
  /** After an access token was refreshed and stored. */
  readonly refreshed: HookEvent<Request>;
  /** After the user declined all requested scopes, or some of them. */
  readonly denied: DeniedEvent<Request>;
  /** After a grant was deleted here and revoked at Google. */
  readonly revoked: HookEvent<Request>;
  /** After the user signed out. The grant stays. */
  readonly signedOut: HookEvent<Request>;
  /** After an authorization, a refresh or a revocation failed. */
  readonly failed: FailureEvent<Request>;
}

/**
 * Functions that the app wants called. Scopegate waits for each, but no longer than the option `timeout`. An error that a
 * hook throws, or a hook that does not finish in time, becomes a process warning. For `authorized` it refuses the sign-in.
 */
export type Hooks<Request = unknown> = {
  readonly [Name in keyof HookEvents<Request>]?: (event: HookEvents<Request>[Name]) => void | Promise<void>;
};

const HOOKS: Readonly<Record<keyof HookEvents, true>> = {
  authorized: true,
  refreshed: true,
  denied: true,
  revoked: true,
  signedOut: true,
  failed: true,
};

/** The names of all hooks. */
export const HOOK_NAMES: readonly string[] = Object.keys(HOOKS);
