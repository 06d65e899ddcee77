import type { GrantKey } from "../store/types.ts";
import type { FlowContext } from "./context.ts";
import { ownerOf } from "./owner.ts";
import type { SignIn } from "./sign-in.ts";

/** The key of the grant that a sign-in stands for. */
export function keyOf(context: FlowContext, { owner, user: { sub } }: Pick<SignIn, "owner" | "user">): GrantKey {
  return { client: context.options.client.clientId, owner: ownerOf(owner, sub), account: sub };
}
