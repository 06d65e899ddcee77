import type { RequestScope } from "../flow/request-scope.ts";

/** The key under which a framework's request object holds the scopes of the instances that serve it. */
const SCOPES = Symbol("scopegate.scopes");

interface Attached {
  [SCOPES]?: RequestScope[];
}

/** Whether a scope belongs to an instance. */
export interface ScopeOwner {
  owns(scope: RequestScope): boolean;
}

/** Notes on the framework's request object that an instance serves it, so that guards find the scope. */
export function attachScope(request: object, scope: RequestScope): void {
  const attached = request as Attached;
  if (attached[SCOPES] === undefined) attached[SCOPES] = [scope];
  else attached[SCOPES].push(scope);
}

/** The scope of an instance on a request, if the instance serves it. */
export function findScope(request: object, instance: ScopeOwner): RequestScope | undefined {
  return (request as Attached)[SCOPES]?.find((scope) => instance.owns(scope));
}

/**
 * The scope that a guard works on: of its own instance, or of the only one if the guard belongs to none.
 * @throws TypeError if no instance serves the request before the guard, or several do and the guard belongs to none
 */
export function requireScope(request: object, instance: ScopeOwner | undefined): RequestScope {
  if (instance !== undefined) return findScope(request, instance) ?? noInstance();
  const [scope, another] = (request as Attached)[SCOPES] ?? [];
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
