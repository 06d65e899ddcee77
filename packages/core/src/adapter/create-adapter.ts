import { assertNameIsFree, attachScope, findScope, requireScope } from "../api/attachments.ts";
import { GoogleAuth } from "../api/google-auth.ts";
import type { InstanceMethods } from "../api/instance-methods.ts";
import { Scopegate } from "../api/scopegate.ts";
import type { RequestScope } from "../flow/request-scope.ts";
import { checkRequirement } from "../guard/check.ts";
import { declaredRequirement } from "../guard/declared-scopes.ts";
import { recoverFrom } from "../guard/recovery.ts";
import { signInRequirement } from "../guard/requirement.ts";
import type { GuardOptions, Requirement, ScopeArguments } from "../guard/requirement.ts";
import type { RequestView } from "../http/request-view.ts";
import type { ScopegateOptions } from "../options/options.ts";

/** What the kit must know of a framework. `Raw` is the framework's request or context, and `Guard` its middleware. */
export interface Framework<Raw extends object, Guard> {
  /**
   * Makes a guard: middleware that sends the response of `check`, and lets the request pass if there is none. If `check`
   * rejects, the error goes to the framework's error handling, and the handler does not run.
   */
  readonly guard: (check: (raw: Raw) => Promise<Response | undefined>) => Guard;
  /** Puts the `GoogleAuth` of a request where handlers find it, under the name of the instance. */
  readonly attach: (raw: Raw, name: string, auth: GoogleAuth) => void;
  /** Whether guards let a request pass because it is for one of the instance's own routes. Default: they never do. */
  readonly isExempt?: (raw: Raw, scope: RequestScope) => boolean;
}

/** An adapter: its `googleOAuth()` is made of `mount()`, and its guards are the free guards of the framework. */
export interface Adapter<Raw extends object, Guard> {
  /**
   * Makes an instance, and the functions by which a framework serves it.
   * @throws TypeError for an option that makes no sense, naming it
   */
  mount(options: ScopegateOptions<Raw>): Mount<Raw, Guard>;
  /** A guard for the only instance on a request. Declares its scopes at once, so that all processes know them. */
  requireScopes(...scopes: ScopeArguments<Raw>): Guard;
  /** A guard for the only instance on a request. */
  requireSignIn(options?: GuardOptions<Raw>): Guard;
}

/** An instance in a framework. None of its functions throws: an error is a rejection. */
export interface Mount<Raw extends object, Guard> {
  readonly instance: Scopegate<Raw>;
  /**
   * Serves a request: gives the response of one of Scopegate's routes, or attaches the `GoogleAuth`. If the instance
   * already serves the request, it passes, so that an instance may be mounted twice. The first mount serves then. It
   * rejects with a TypeError if another instance of the same name serves the request.
   * @returns `undefined` if the request passes at once; a promise of `undefined` if it passes later
   */
  readonly serve: (raw: Raw, view: RequestView) => Promise<Response | undefined> | undefined;
  /** Only attaches the `GoogleAuth`, for frameworks in which Scopegate's routes are routes of the framework. */
  readonly attach: (raw: Raw, view: RequestView) => Promise<undefined> | undefined;
  /** The response to an error of a handler; `undefined` if the framework handles the error itself. */
  readonly recover: (raw: Raw, error: unknown) => Promise<Response | undefined>;
  /** The members of the result of `googleOAuth()`. */
  readonly members: InstanceMembers<Raw, Guard>;
}

/** The members of an instance that are the same in every framework. */
export interface InstanceMembers<Raw extends object, Guard> extends InstanceMethods {
  /** As the free `requireScopes()`, for this instance: needed if several instances serve a route. */
  requireScopes(...scopes: ScopeArguments<Raw>): Guard;
  /** As the free `requireSignIn()`, for this instance: needed if several instances serve a route. */
  requireSignIn(options?: GuardOptions<Raw>): Guard;
}

/**
 * Makes an adapter from what is special about a framework.
 *
 * @example
 * ```ts
 * const adapter = createAdapter<Context, MiddlewareHandler>({
 *   guard: (check) => async (context, next) => {
 *     const response = await check(context);
 *     return response === undefined ? next() : response;
 *   },
 *   attach: (context, name, auth) => context.set(name, auth),
 * });
 * ```
 */
export function createAdapter<Raw extends object, Guard>(framework: Framework<Raw, Guard>): Adapter<Raw, Guard> {
  const guard = (requirement: Requirement, instance?: Scopegate<Raw>): Guard =>
    framework.guard(async (raw) => {
      const scope = requireScope(raw, instance);
      return framework.isExempt?.(raw, scope) ? undefined : checkRequirement(scope, requirement);
    });

  function attach(instance: Scopegate<Raw>, raw: Raw, scope: RequestScope): Promise<undefined> | undefined {
    framework.attach(raw, instance.name, new GoogleAuth(scope));
    attachScope(raw, scope);
    return instance.load(scope.request)?.then(() => undefined);
  }

  return {
    mount(options) {
      const instance = new Scopegate<Raw>(options);
      return {
        instance,
        serve(raw, view) {
          if (findScope(raw, instance) !== undefined) return undefined;
          try {
            assertNameIsFree(raw, instance.name);
            const scope = instance.scopeOf(view);
            return instance.route(scope) ?? attach(instance, raw, scope);
          } catch (error) {
            return reject(error);
          }
        },
        attach(raw, view) {
          if (findScope(raw, instance) !== undefined) return undefined;
          try {
            assertNameIsFree(raw, instance.name);
            return attach(instance, raw, instance.scopeOf(view));
          } catch (error) {
            return reject(error);
          }
        },
        async recover(raw, error) {
          const scope = findScope(raw, instance);
          return scope && recoverFrom(scope, error);
        },
        members: {
          requireScopes: (...scopes) => guard(instance.requireScopes(scopes), instance),
          requireSignIn: (guardOptions) => guard(signInRequirement(guardOptions), instance),
          forUser: instance.forUser.bind(instance),
          signOutEverywhere: instance.signOutEverywhere.bind(instance),
          reseal: instance.reseal.bind(instance),
        },
      };
    },
    requireScopes: (...scopes) => guard(declaredRequirement(scopes)),
    requireSignIn: (options) => guard(signInRequirement(options)),
  };
}

async function reject(error: unknown): Promise<never> {
  throw error;
}
