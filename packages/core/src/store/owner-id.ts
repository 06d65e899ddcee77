declare const brand: unique symbol;

/**
 * The key of a grant's owner: an app's user, or a Google account in an app without users of its own. It is text with a
 * prefix for the kind of owner, which keeps an app user whose ID equals a Google subject from owning that subject's grant.
 *
 * The type is branded, so that the compiler rejects a bare user ID in its place. Only this file makes owner IDs. A store
 * gets them from core, and uses `asOwnerId()` of `@scopegate/core/store-kit` for keys that it reads from its database.
 */
export type OwnerId = string & { readonly [brand]: "OwnerId" };

const APP_USER = "user:";
const GOOGLE_SUBJECT = "google:";

/** The owner ID of an app's user, by the option `userId`. */
export function ownerIdOfUser(userId: string): OwnerId {
  return asOwnerId(APP_USER + userId);
}

/** The owner ID of a Google account, by its subject. It owns its grant where the app has no users of its own. */
export function ownerIdOfSubject(subject: string): OwnerId {
  return asOwnerId(GOOGLE_SUBJECT + subject);
}

/** The owner of a sign-in's grants: the app's user, or the Google account where no user of the app is logged in. */
export function ownerIdOf({
  userId,
  subject,
}: {
  readonly userId: string | undefined;
  readonly subject: string;
}): OwnerId {
  return userId === undefined ? ownerIdOfSubject(subject) : ownerIdOfUser(userId);
}

/** The ID without the prefix, as hooks report it and `forUser` takes it: the user ID or the subject. */
export function idOfOwner(owner: OwnerId): string {
  return owner.slice(owner.indexOf(":") + 1);
}

/**
 * Marks text as an owner ID, without a change. For stores that read a key back from their database, for tests of stores,
 * and for core's own records that belong to no user.
 *
 * @example
 * ```ts
 * import { asOwnerId } from "@scopegate/core/store-kit";
 *
 * const key = { client: row.client, owner: asOwnerId(row.owner), account: row.account };
 * ```
 */
export function asOwnerId(text: string): OwnerId {
  return text as OwnerId;
}
