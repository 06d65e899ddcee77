import type { ResolvedOptions } from "../options/options.ts";
import type { GrantKey } from "../store/types.ts";

const APP_USER = "user:";
const GOOGLE_SUBJECT = "google:";

/**
 * Whose a grant is: the app's own user's, or, where the app knows none, the Google subject's itself. The two kinds are
 * told apart, so that an app's user who is named like a subject is not taken for it.
 */
export function ownerOf(userId: string | undefined, subject: string): string {
  return userId === undefined ? GOOGLE_SUBJECT + subject : APP_USER + userId;
}

/** The owner that `forUser(id)` means: the app's user, or, in an app without the option `userId`, the subject. */
export function ownerNamed(id: string, { userId }: Pick<ResolvedOptions, "userId">): string {
  return userId === undefined ? GOOGLE_SUBJECT + id : APP_USER + id;
}

/** An owner as hooks are told of it, and as `forUser` takes it. */
export function nameOfOwner(owner: string): string {
  return owner.slice(owner.indexOf(":") + 1);
}

/** Whose a grant is, for hooks: left out where it is nobody's but the account's own. */
export function toldOwner({ owner, account }: Pick<GrantKey, "owner" | "account">): { readonly owner?: string } {
  return owner === ownerOf(undefined, account) ? {} : { owner: nameOfOwner(owner) };
}

/**
 * The app's user as text.
 * @throws TypeError for what many requests would share: `false`, a promise, an object
 */
export function checkUserId(id: unknown, source: string): string | undefined {
  if (id === undefined || id === null || id === "") return undefined;
  if (typeof id === "string") return id;
  if (typeof id === "number" && Number.isSafeInteger(id)) return String(id);
  const what = id instanceof Promise ? "a promise: it must be synchronous" : typeof id;
  throw new TypeError(
    `googleOAuth: \`${source}\` must give a string, a whole number, or undefined for nobody; it gave ${what}`,
  );
}
