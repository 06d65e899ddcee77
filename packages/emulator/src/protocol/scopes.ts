import { createHash } from "node:crypto";

const googleScope = "https://www.googleapis.com/auth/";
const email = `${googleScope}userinfo.email`;
const profile = `${googleScope}userinfo.profile`;

/** The scopes of sign-in. The user grants them together by continuing; they have no checkboxes. */
export const signInScopes: ReadonlySet<string> = new Set(["openid", email, profile]);
export const emailScope: string = email;
export const profileScope: string = profile;

/** Google's scopes that do not begin with the usual prefix. */
const scopesWithoutPrefix = new Set([
  "https://mail.google.com/",
  "https://www.google.com/calendar/feeds",
  "https://www.google.com/m8/feeds",
]);

/** Returns the long form of a scope: `email` and `profile` are short for the two `userinfo` scopes. */
export function canonicalScope(scope: string): string {
  if (scope === "email") return email;
  if (scope === "profile") return profile;
  return scope;
}

/**
 * Returns the scopes of an authorization request, in their long form. Google adds `openid` to a request for the e-mail
 * address or the profile, so clients that compare requested and granted scopes strictly fail.
 */
export function requestedScopes(written: readonly string[]): Set<string> {
  const scopes = new Set(written.map(canonicalScope));
  if (scopes.has(email) || scopes.has(profile)) scopes.add("openid");
  return scopes;
}

/** Whether the text has the form of one of Google's scopes: lower case, without a comma. */
export function isScope(scope: string): boolean {
  return (
    signInScopes.has(canonicalScope(scope)) ||
    scopesWithoutPrefix.has(scope) ||
    /^https:\/\/www\.googleapis\.com\/auth\/[a-z0-9._/-]+$/.test(scope)
  );
}

/**
 * Joins scopes in an order that is stable and differs from the order of the request. Google promises no order, and a
 * client that relies on one should fail here.
 */
export function formatScopes(scopes: Iterable<string>): string {
  const rank = (scope: string) => createHash("sha256").update(scope).digest("hex");
  return [...new Set(scopes)].toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)).join(" ");
}

export function splitScopes(text: string): string[] {
  return text.split(" ").filter((scope) => scope !== "");
}
