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

/**
 * Checks that no instance of this name serves the request. Two instances of one name and one client read the same sign-in,
 * so the guards of one would accept a user that only the other one admitted.
 * @throws TypeError if one does
 */
export function assertNameIsFree(request: object, name: string): void {
  if (scopesOf.get(request)?.some(({ context }) => context.options.name === name) !== true) return;
  throw new TypeError(
    `Two googleOAuth() instances with the \`name\` ${JSON.stringify(name)} serve this request. Give one of them another ` +
      '`name`, such as `name: "adminGoogle"`, and use the guards of each instance.',
  );
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
