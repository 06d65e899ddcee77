import type { RequestScope } from "../flow/request-scope.ts";

/**
 * The scopes of the instances that serve a request, by the framework's request object. They are not on the object itself:
 * there, a log that inspects the request would show the options of the instance.
 */
const scopesOf = new WeakMap<object, RequestScope[]>();

/** Whether a scope belongs to an instance. */
export interface ScopeOwner {
  owns(scope: RequestScope): boolean;
}

/** Notes that an instance serves a request, so that guards find the scope. */
export function attachScope(request: object, scope: RequestScope): void {
  const scopes = scopesOf.get(request);
  if (scopes === undefined) scopesOf.set(request, [scope]);
  else scopes.push(scope);
}

/** The scope of an instance on a request, if the instance serves it. */
export function findScope(request: object, instance: ScopeOwner): RequestScope | undefined {
  return scopesOf.get(request)?.find((scope) => instance.owns(scope));
}

/**
 * The scope that a guard works on: of its own instance, or of the only one if the guard belongs to none.
 * @throws TypeError if no instance serves the request before the guard, or several do and the guard belongs to none
 */
export function requireScope(request: object, instance: ScopeOwner | undefined): RequestScope {
  if (instance !== undefined) return findScope(request, instance) ?? noInstance();
  const [scope, another] = scopesOf.get(request) ?? [];
  if (scope === undefined) return noInstance();
  if (another === undefined) return scope;
  throw new TypeError(
    "Several googleOAuth() instances serve this route, and the guard belongs to none of them. Use the guard of the right " +
      "one: `google.requireScopes(…)` instead of `requireScopes(…)`.",
  );
}

function noInstance(): never {
  throw new TypeError(
    "No googleOAuth() serves this route. Mount it before the guard, at the root of the app: `app.use(googleOAuth())`. To " +
      'put its own routes below a path, use the option `basePath: "/google"`.',
  );
}
