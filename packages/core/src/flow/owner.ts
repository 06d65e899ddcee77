import type { ResolvedOptions } from "../options/resolve-options.ts";
import type { GrantKey } from "../store/types.ts";

const APP_USER = "user:";
const GOOGLE_SUBJECT = "google:";

/**
 * The owner of a grant: the app's own user, or the Google subject itself where the app has no users of its own. The
 * prefix keeps the two kinds apart, so that an app user whose ID equals a subject does not own that subject's grant.
 */
export function ownerOf(userId: string | undefined, subject: string): string {
  return userId === undefined ? GOOGLE_SUBJECT + subject : APP_USER + userId;
}

/** The owner that `forUser(id)` means: the app's user, or the subject in an app without the option `userId`. */
export function ownerNamed(id: string, { userId }: Pick<ResolvedOptions, "userId">): string {
  return userId === undefined ? GOOGLE_SUBJECT + id : APP_USER + id;
}

/** The ID that hooks report for an owner, as `forUser` takes it. */
export function idOfOwner(owner: string): string {
  return owner.slice(owner.indexOf(":") + 1);
}

/** The `userId` of a hook's event: absent where the account itself owns its grant. */
export function userIdForHooks({ owner, account }: Pick<GrantKey, "owner" | "account">): { readonly userId?: string } {
  return owner === ownerOf(undefined, account) ? {} : { userId: idOfOwner(owner) };
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
    `googleOAuth: \`${source}\` must return a string or a whole number for the app's user, or undefined if no user is logged in. It returned ${given}.`,
  );
}
