import type { GoogleAuth } from "./google-auth.ts";
import type { Scopegate } from "./scopegate.ts";

/** Where an adapter notes, on the framework's request object, which instances serve the request. */
const MOUNTED = Symbol("scopegate.mounted");

interface Mounted {
  [MOUNTED]?: GoogleAuth[];
}

/** Notes an instance's attachment on a request, so that guards find it. */
export function mountOn(request: object, auth: GoogleAuth): void {
  const mounted = (request as Mounted)[MOUNTED];
  if (mounted === undefined) (request as Mounted)[MOUNTED] = [auth];
  else mounted.push(auth);
}

/** Whether an instance, or any, serves a request. */
export function isMountedOn<Request>(request: object, instance?: Scopegate<Request>): boolean {
  const mounted = (request as Mounted)[MOUNTED] ?? [];
  return instance === undefined ? mounted.length > 0 : mounted.some((auth) => instance.owns(auth));
}

/**
 * The attachment that a guard is to ask: of the instance that it belongs to, or else the only one there is.
 * @throws TypeError where none is mounted before the guard, or where several are and the guard belongs to none
 */
export function mountedOn<Request>(request: object, instance?: Scopegate<Request>): GoogleAuth {
  const mounted = (request as Mounted)[MOUNTED] ?? [];
  const mine = instance === undefined ? mounted : mounted.filter((auth) => instance.owns(auth));
  const [auth, another] = mine;
  if (auth === undefined) {
    throw new TypeError(
      "Scopegate: no googleOAuth() serves this route; mount it before the guard, at the root of the app " +
        '(`app.use(googleOAuth())`; for routes of its own below a path there is the option `basePath: "/google"`)',
    );
  }
  if (another !== undefined && instance === undefined) {
    throw new TypeError(
      "Scopegate: several googleOAuth() serve this route; say which one is meant: `google.requireScopes(…)` in place of `requireScopes(…)`",
    );
  }
  return auth;
}
