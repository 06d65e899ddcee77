import { requireText } from "./require-text.ts";

/**
 * A Google account that exists on the emulator.
 *
 * @example
 * ```ts
 * const grace: EmulatorUser = {
 *   sub: "1002",
 *   email: "grace@workspace.example",
 *   name: "Grace Hopper",
 *   hd: "workspace.example",
 * };
 * ```
 */
export interface EmulatorUser {
  /** Google's permanent identifier of the account: the `sub` of its ID tokens. */
  readonly sub: string;
  readonly email: string;
  /** The full name. The first word is the `given_name` of ID tokens, the rest is the `family_name`. */
  readonly name: string;
  /** The `locale` of ID tokens, such as `en-GB`. Default: ID tokens have no `locale`. */
  readonly locale?: string;
  /** The address of the profile picture. Default: a picture of the initials, which the emulator serves. */
  readonly picture?: string;
  /** The Workspace domain of the account. Leave it out for a private account. */
  readonly hd?: string;
  /** The `email_verified` of ID tokens. Default `true`. */
  readonly emailVerified?: boolean;
  /**
   * Scopes that the account's Workspace administrator blocks. A request for one of them gets `admin_policy_enforced`.
   */
  readonly restrictedScopes?: readonly string[];
}

export const defaultUsers: readonly EmulatorUser[] = [
  { sub: "110000000000000000001", email: "ada@example.com", name: "Ada Lovelace" },
  {
    sub: "110000000000000000002",
    email: "grace@workspace.example",
    name: "Grace Hopper",
    hd: "workspace.example",
  },
  { sub: "110000000000000000003", email: "katherine@example.com", name: "Katherine Johnson" },
];

/** Whether the account matches the `hd` parameter of a request. `*` matches every Workspace account. */
export function isOfDomain(user: EmulatorUser, hostedDomain: string | undefined): boolean {
  if (hostedDomain === undefined) return true;
  return hostedDomain === "*" ? user.hd !== undefined : user.hd === hostedDomain;
}

/**
 * Returns a frozen copy of the account.
 *
 * @throws `TypeError` if `sub` or `email` is missing or empty.
 */
export function checkUser(user: EmulatorUser): EmulatorUser {
  requireText(user.sub, '"sub" of a user');
  requireText(user.email, '"email" of a user');
  return Object.freeze({ ...user });
}
