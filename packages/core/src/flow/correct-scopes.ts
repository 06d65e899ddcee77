import type { RequestView } from "../http/request-view.ts";
import type { FlowContext } from "./context.ts";
import { requireSession } from "./session.ts";
import type { SignIn } from "./sign-in.ts";

/** The sign-in with the scopes that its grant has now; written back only where they differ. */
export function correctScopes(
  context: FlowContext,
  request: RequestView,
  signIn: SignIn,
  scopes: readonly string[],
): SignIn {
  if (signIn.scopes.length === scopes.length && signIn.scopes.every((scope, index) => scope === scopes[index]))
    return signIn;
  const corrected: SignIn = { ...signIn, scopes };
  context.signIns.write(requireSession(request), corrected);
  return corrected;
}
