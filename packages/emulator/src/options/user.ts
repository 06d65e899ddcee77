import { requireText } from "./require-text.ts";

/** A Google account of the emulator. */
export interface EmulatorUser {
  /** Google's permanent identifier of the account: the `sub` of its ID tokens. */
  readonly sub: string;
  readonly email: string;
  readonly name: string;
  /** Default: a drawing of the initials, served by the emulator. */
  readonly picture?: string;
  /** The Workspace domain the account belongs to; none for a private account. */
  readonly hd?: string;
  /** Default `true`. */
  readonly emailVerified?: boolean;
  /** Scopes that the account's Workspace administrator blocks: asking for one is `admin_policy_enforced`. */
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

/** Whether an account fits the `hd` parameter: the domain, or `*` for any Workspace domain. */
export function isOfDomain(user: EmulatorUser, hostedDomain: string | undefined): boolean {
  if (hostedDomain === undefined) return true;
  return hostedDomain === "*" ? user.hd !== undefined : user.hd === hostedDomain;
}

/** @throws `TypeError` for an account that nobody could have. */
export function checkUser(user: EmulatorUser): EmulatorUser {
  requireText(user.sub, "sub");
  requireText(user.email, "email");
  return Object.freeze({ ...user });
}
