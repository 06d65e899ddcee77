import type { RequestScope } from "./request-scope.ts";
import { requireSession } from "./session.ts";
import type { SignIn } from "./sign-in.ts";

/** The sign-in with the scopes that its grant has now. The session is written only if the scopes changed. */
export function correctScopes({ context, request }: RequestScope, signIn: SignIn, scopes: readonly string[]): SignIn {
  if (signIn.scopes.length === scopes.length && signIn.scopes.every((scope, index) => scope === scopes[index])) {
    return signIn;
  }
  const corrected: SignIn = { ...signIn, scopes };
  context.signIns.write(requireSession(request), corrected);
  return corrected;
}
