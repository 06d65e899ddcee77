import type { ResealOptions, ResealProgress } from "../store/reseal-options.ts";
import type { UserGrants } from "./user-grants.ts";

/** The methods of an instance that need no request: for jobs, maintenance and administration. */
export interface InstanceMethods {
  /**
   * The grants of a user, for work while the user is away. Needs a `store` other than the session token store.
   * @param userId - the user's ID as the option `userId` returns it; in an app without that option, the Google subject
   * @param options - `account`: the subject of one of the user's accounts, if not the latest sign-in's is meant
   * @throws TypeError with the session token store, which works only with a request
   * @example
   * ```ts
   * const response = await google.forUser(user.id).fetch("https://www.googleapis.com/drive/v3/files");
   * ```
   */
  forUser(userId: string | number, options?: { readonly account?: string }): UserGrants;
  /**
   * Ends every sign-in of a Google subject in this app, on all devices. Grants stay. Needs a `store` other than the
   * session token store.
   * @throws TypeError with the session token store, which cannot see other sessions; AuthError `store_unavailable`
   * @example
   * ```ts
   * await google.signOutEverywhere(user.googleSubject);
   * ```
   */
  signOutEverywhere(subject: string): Promise<void>;
  /**
   * Encrypts every stored grant with the newest of `encryptionKeys`, while the app runs. Afterwards, older keys can be
   * removed. If it is interrupted, the next call continues with the grants that are left.
   * @returns the number of grants that were resealed, skipped (already encrypted with the newest key) and unreadable
   * @throws TypeError with the session token store; AuthError `store_unavailable`; the reason of the aborted signal
   * @example
   * ```ts
   * const { resealed, unreadable } = await google.reseal();
   * ```
   */
  reseal(options?: ResealOptions): Promise<ResealProgress>;
}
