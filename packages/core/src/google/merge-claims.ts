import type { VerifiedUser } from "./user.ts";

/**
 * The scope that each claim comes with, for claims that describe the account. A table, so that the compiler reports a
 * claim that is missing here. `hd` comes with no scope: each ID token says whether the account has a domain now.
 */
const SCOPES = {
  email: "email",
  emailVerified: "email",
  name: "profile",
  givenName: "profile",
  familyName: "profile",
  locale: "profile",
  picture: "profile",
} as const satisfies Readonly<Record<Exclude<keyof VerifiedUser, "sub" | "hostedDomain">, string>>;

type Described = keyof typeof SCOPES;

const CLAIMS = Object.keys(SCOPES) as readonly Described[];

/**
 * The claims of an account after a new ID token. All of them come from the new token. Only if its scopes do not cover a
 * group of claims, such as address and `emailVerified`, and it has none of them, the group stays as it was. A group is
 * never mixed: a verified address says nothing about another one.
 * @param older - the stored claims of the same account
 * @param newer - the claims of the new ID token
 * @param scopes - the canonical scopes that were granted with the new ID token
 */
export function mergeClaims(
  older: VerifiedUser | undefined,
  newer: VerifiedUser,
  scopes: readonly string[],
): VerifiedUser {
  if (older === undefined) return newer;
  const kept = CLAIMS.filter((claim) => {
    const scope = SCOPES[claim];
    const group = CLAIMS.filter((other) => SCOPES[other] === scope);
    return older[claim] !== undefined && !scopes.includes(scope) && group.every((other) => newer[other] === undefined);
  });
  return Object.freeze({ ...newer, ...Object.fromEntries(kept.map((claim) => [claim, older[claim]])) });
}
