import type { AuthError } from "../errors/auth-error.ts";
import { parseScopes } from "../google/scopes.ts";

/** Options of a guard. They follow its scopes. */
export interface GuardOptions<Request = unknown> {
  /**
   * What the guard does with a request that it refuses.
   * - `"ask"` (default): a navigation goes to Google and returns; any other request gets 401 or 403 with JSON
   * - `"error"`: an `AuthError` goes to the framework's error handling
   * - a function: the guard sends the `Response` that it returns, and asks if it returns none
   * @example
   * ```ts
   * requireScopes(DRIVE, { onMissing: () => Response.redirect("https://app.example.com/connect-drive") });
   * ```
   */
  readonly onMissing?:
    | "ask"
    | "error"
    | ((error: AuthError, request: Request) => Response | undefined | Promise<Response | undefined>);
}

/** Scopes of which one is enough. */
export interface AnyOfScopes {
  readonly anyOf: readonly string[];
}

/** The arguments of `requireScopes`: scopes or `{ anyOf }`, and options at the end. */
export type ScopeArguments<Request = unknown> =
  | readonly string[]
  | readonly [...scopes: string[], options: GuardOptions<Request>]
  | readonly [options: AnyOfScopes & GuardOptions<Request>]
  | readonly [anyOf: AnyOfScopes, options: GuardOptions<Request>];

/** What a guard demands: a sign-in, and all of some scopes, or one of some scopes. */
export interface Requirement {
  readonly allOf: readonly string[];
  readonly anyOf: readonly string[];
  readonly onMissing: NonNullable<GuardOptions["onMissing"]>;
}

/** @throws TypeError if the arguments are no list of scopes */
export function scopeRequirement<Request>(args: ScopeArguments<Request>): Requirement {
  const scopes = args.filter((arg) => typeof arg === "string");
  const objects = args.filter((arg) => typeof arg === "object" && arg !== null) as (Partial<AnyOfScopes> &
    GuardOptions)[];
  const { anyOf, onMissing } = Object.assign({}, ...objects) as Partial<AnyOfScopes> & GuardOptions;
  if (scopes.length + objects.length !== args.length || (scopes.length === 0) === (anyOf === undefined)) {
    throw new TypeError(
      "requireScopes: pass the scopes as strings, or one object `{ anyOf: [...] }`. To demand a sign-in only, use requireSignIn().",
    );
  }
  return {
    allOf: scopes.length === 0 ? [] : parseScopes(scopes, "requireScopes"),
    anyOf: anyOf === undefined ? [] : parseScopes(anyOf, "requireScopes anyOf"),
    onMissing: checkOnMissing(onMissing, "requireScopes"),
  };
}

export function signInRequirement<Request>(options: GuardOptions<Request> = {}): Requirement {
  return {
    allOf: [],
    anyOf: [],
    onMissing: checkOnMissing(options.onMissing as GuardOptions["onMissing"], "requireSignIn"),
  };
}

/** The scopes of a requirement that are not granted. For `anyOf`, the first one is to be requested. */
export function missingOf({ allOf, anyOf }: Requirement, granted: readonly string[]): readonly string[] {
  if (anyOf.length > 0) return anyOf.some((scope) => granted.includes(scope)) ? NOTHING : anyOf.slice(0, 1);
  return allOf.every((scope) => granted.includes(scope)) ? NOTHING : allOf.filter((scope) => !granted.includes(scope));
}

const NOTHING: readonly string[] = [];

function checkOnMissing(onMissing: GuardOptions["onMissing"] = "ask", guard: string): Requirement["onMissing"] {
  if (onMissing !== "ask" && onMissing !== "error" && typeof onMissing !== "function") {
    throw new TypeError(`${guard}: \`onMissing\` must be "ask", "error" or a function.`);
  }
  return onMissing;
}
