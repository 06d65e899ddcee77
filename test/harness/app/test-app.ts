import type { AuthError, GoogleAuth, GuardOptions, ScopegateOptions } from "@scopegate/core";
import type { Scopegate } from "@scopegate/core/adapter";

/** The guard of a test route. Each framework's harness translates it. */
export type TestGuard =
  | { readonly signIn: true; readonly options?: GuardOptions }
  | { readonly scopes: readonly string[]; readonly options?: GuardOptions }
  | { readonly anyOf: readonly string[]; readonly options?: GuardOptions };

/** A route of a test app. The app sends its handler's result as JSON. */
export interface TestRoute {
  readonly method?: "get" | "post";
  readonly path: string;
  readonly guard?: TestGuard;
  handle(auth: GoogleAuth, session: Record<string, unknown>, query: URLSearchParams): unknown;
}

/** The description of a test app, independent of the framework. */
export interface TestAppSpec {
  /** Makes the options from the app's origin, which the redirect URI needs. */
  readonly options: (origin: string) => ScopegateOptions;
  readonly routes: readonly TestRoute[];
  /** Mounts the middleware, and the routes below this path, on this path. */
  readonly mountPath?: string;
  /** Mounts the middleware a second time. */
  readonly isMountedTwice?: boolean;
  /** Runs for every request before Scopegate. */
  readonly before?: () => void;
  /** Mounts `google.errorHandler` after the routes, in the way of the framework. */
  readonly errorHandler?: boolean;
  /**
   * The app's session. `none`: no session middleware; `options` may have an own session. `lost`: the browser never
   * sends the cookie back. Default `server`.
   */
  readonly session?: "server" | "cookie" | "lost" | "none";
}

/** A running app. */
export interface TestApp {
  /** `http://localhost:PORT` */
  readonly origin: string;
  readonly google: Pick<Scopegate, "forUser" | "reseal" | "signOutEverywhere">;
  /** The content of the session store, by session ID. Empty if sessions live in cookies. */
  sessions(): Record<string, Record<string, unknown>>;
  /** The errors that reached the framework's error handling, oldest first. */
  readonly errors: AuthError[];
  stop(): Promise<void>;
}

/** Starts an app on one framework, with Scopegate mounted and guarded as users of the framework do it. */
export type StartApp = (spec: TestAppSpec) => Promise<TestApp>;
