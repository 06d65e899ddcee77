import type { AuthError } from "../errors/auth-error.ts";
import { parseScopes } from "../google/scopes.ts";

/** Options of a guard, after its scopes. */
export interface GuardOptions<Request = unknown> {
  /**
   * What to do when the requirement is not met.
   * - `"ask"` (default): a navigation goes to Google and comes back, any other request is answered 401 or 403
   * - `"error"`: an `AuthError` goes to the framework's error handling
   * - a function: its `Response` is the answer; with none, as `"ask"`
   */
  readonly onMissing?:
    | "ask"
    | "error"
    | ((error: AuthError, request: Request) => Response | undefined | Promise<Response | undefined>);
}

/** Scopes of which any one is enough. */
export interface AnyOfScopes {
  readonly anyOf: readonly string[];
}

/** What a guard's `requireScopes` takes: scopes, or `{ anyOf }`, and options at the end. */
export type ScopeArguments<Request = unknown> =
  | readonly string[]
  | readonly [...scopes: string[], options: GuardOptions<Request>]
  | readonly [options: AnyOfScopes & GuardOptions<Request>]
  | readonly [anyOf: AnyOfScopes, options: GuardOptions<Request>];

/** What a guard asks of a request's user: nothing but a sign-in, all of some scopes, or any of some. */
export interface Requirement {
  readonly allOf: readonly string[];
  readonly anyOf: readonly string[];
  readonly onMissing: NonNullable<GuardOptions["onMissing"]>;
}

/** @throws TypeError for what is no list of scopes */
export function scopeRequirement<Request>(args: ScopeArguments<Request>): Requirement {
  const scopes = args.filter((arg) => typeof arg === "string");
  const objects = args.filter((arg) => typeof arg === "object" && arg !== null) as (Partial<AnyOfScopes> &
    GuardOptions)[];
  const { anyOf, onMissing } = Object.assign({}, ...objects) as Partial<AnyOfScopes> & GuardOptions;
  if (scopes.length + objects.length !== args.length || (scopes.length === 0) === (anyOf === undefined)) {
    throw new TypeError(
      "requireScopes: give the scopes as strings, or one object `{ anyOf: [...] }`; for a sign-in alone there is requireSignIn()",
    );
  }
  return {
    allOf: scopes.length === 0 ? [] : parseScopes(scopes, "requireScopes"),
    anyOf: anyOf === undefined ? [] : parseScopes(anyOf, "requireScopes anyOf"),
    onMissing: checkOnMissing(onMissing),
  };
}

export function signInRequirement<Request>(options: GuardOptions<Request> = {}): Requirement {
  return { allOf: [], anyOf: [], onMissing: checkOnMissing(options.onMissing as GuardOptions["onMissing"]) };
}

/** What of a requirement is not granted; where any scope would do, the first stands for them. */
export function missingOf({ allOf, anyOf }: Requirement, granted: readonly string[]): readonly string[] {
  if (anyOf.length > 0) return anyOf.some((scope) => granted.includes(scope)) ? NOTHING : anyOf.slice(0, 1);
  return allOf.every((scope) => granted.includes(scope)) ? NOTHING : allOf.filter((scope) => !granted.includes(scope));
}

const NOTHING: readonly string[] = [];

function checkOnMissing(onMissing: GuardOptions["onMissing"] = "ask"): Requirement["onMissing"] {
  if (onMissing !== "ask" && onMissing !== "error" && typeof onMissing !== "function") {
    throw new TypeError('a guard\'s `onMissing` must be "ask", "error" or a function');
  }
  return onMissing;
}
