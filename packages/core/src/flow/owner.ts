import type { ResolvedOptions } from "../options/resolve-options.ts";
import { idOfOwner, ownerIdOfSubject, ownerIdOfUser } from "../store/owner-id.ts";
import type { GrantKey, OwnerId } from "../store/types.ts";

/** The owner that `forUser(id)` means: the app's user, or the subject in an app without the option `userId`. */
export function ownerNamed(id: string, { userId }: Pick<ResolvedOptions, "userId">): OwnerId {
  return userId === undefined ? ownerIdOfSubject(id) : ownerIdOfUser(id);
}

/** The `userId` of a hook's event: absent where the account itself owns its grant. */
export function userIdForHooks({ owner, account }: Pick<GrantKey, "owner" | "account">): { readonly userId?: string } {
  return owner === ownerIdOfSubject(account) ? {} : { userId: idOfOwner(owner) };
}

/**
 * The app's user as text.
 * @throws TypeError for a value that many requests would share: `false`, a promise, an object
 */
export function checkUserId(id: unknown, source: string): string | undefined {
  if (id === undefined || id === null || id === "") return undefined;
  if (typeof id === "string") return id;
  if (typeof id === "number" && Number.isSafeInteger(id)) return String(id);
  const given = id instanceof Promise ? "a promise; it must be synchronous" : typeof id;
  throw new TypeError(
    `googleOAuth: \`${source}\` must return the ID of the app's logged-in user as a string or a whole number, or undefined if no user is logged in. It returned ${given}.`,
  );
}
