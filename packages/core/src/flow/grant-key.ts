import { ownerIdOf } from "../store/owner-id.ts";
import type { GrantKey } from "../store/types.ts";
import type { FlowContext } from "./context.ts";
import type { SignIn } from "./sign-in.ts";

/** The key of the grant that belongs to a sign-in. */
export function grantKeyOf(
  { options }: FlowContext,
  { userId, user: { sub } }: Pick<SignIn, "userId" | "user">,
): GrantKey {
  return { client: options.client.clientId, owner: ownerIdOf({ userId, subject: sub }), account: sub };
}
