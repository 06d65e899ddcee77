import type { AuthError, GoogleAuth, GuardOptions, ScopegateOptions } from "@scopegate/core";
import type { Scopegate } from "@scopegate/core/adapter";

/** A guard of a test route, in words that every framework's adapter understands. */
export type TestGuard =
  | { readonly signIn: true; readonly options?: GuardOptions }
  | { readonly scopes: readonly string[]; readonly options?: GuardOptions }
  | { readonly anyOf: readonly string[]; readonly options?: GuardOptions };

/** A route of a test app: what its handler returns becomes the JSON of the answer. */
export interface TestRoute {
  readonly method?: "get" | "post";
  readonly path: string;
  readonly guard?: TestGuard;
  handle(auth: GoogleAuth, session: Record<string, unknown>, query: URLSearchParams): unknown;
}

/** What a test asks of an app, in no framework's terms. */
export interface TestAppSpec {
  /** Given the app's own origin, since the redirect URI names it. */
  readonly options: (origin: string) => ScopegateOptions;
  readonly routes: readonly TestRoute[];
  /** Mounts the middleware below a path, with the routes there too. */
  readonly mountPath?: string;
  /** Runs for every request before Scopegate does. */
  readonly before?: () => void;
  /** Mounts `google.errorHandler` after the routes, or what the framework has in its place. */
  readonly errorHandler?: boolean;
  /**
   * `none`: no session middleware at all, so that a session of Scopegate's own is one of `options`; `lost`: one whose
   * cookie never comes back. Default `server`.
   */
  readonly session?: "server" | "cookie" | "lost" | "none";
}

/** A running app. */
export interface TestApp {
  /** `http://localhost:PORT` */
  readonly origin: string;
  readonly google: Pick<Scopegate, "forUser" | "reseal" | "signOutEverywhere">;
  /** The session store's content, by session id; empty where sessions live in cookies. */
  sessions(): Record<string, Record<string, unknown>>;
  /** Errors that reached the framework's own error handling, oldest first. */
  readonly errors: AuthError[];
  stop(): Promise<void>;
}

/** A framework under test: how its users mount Scopegate and guard routes. */
export type StartApp = (spec: TestAppSpec) => Promise<TestApp>;
