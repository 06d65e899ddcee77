import { AuthError } from "../errors/auth-error.ts";
import type { RequestScope } from "../flow/request-scope.ts";
import { ROUTES } from "../options/routes.ts";
import type { RouteName } from "../options/routes.ts";
import { errorPage } from "../pages/index.ts";
import { authorizeRoute } from "./authorize.ts";
import { callbackRoute } from "./callback.ts";
import { confirmationRoute } from "./confirmation.ts";
import { errorResponse } from "./responses.ts";

const HANDLERS: Readonly<Record<RouteName, (scope: RequestScope) => Promise<Response>>> = {
  authorize: authorizeRoute,
  callback: callbackRoute,
  revoke: (scope) => confirmationRoute(scope, "revoke"),
  signOut: (scope) => confirmationRoute(scope, "signOut"),
};

/** Handles a request for one of Scopegate's routes. A method that the route does not accept gets 405 (RFC 9110 section 15.5.6). */
export async function handleRoute(name: RouteName, scope: RequestScope): Promise<Response> {
  const methods: readonly string[] = ROUTES[name].methods;
  if (methods.includes(scope.request.method)) return HANDLERS[name](scope);
  const error = new AuthError("method_not_allowed", { headers: { Allow: methods.join(", ") } });
  return errorResponse(scope, error, errorPage(error, { homeHref: "/" }));
}
