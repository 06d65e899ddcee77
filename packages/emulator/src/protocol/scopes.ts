import { createHash } from "node:crypto";

const googleScope = "https://www.googleapis.com/auth/";
const email = `${googleScope}userinfo.email`;
const profile = `${googleScope}userinfo.profile`;

/** The scopes of sign-in: granted together by continuing, never by a checkbox. */
export const signInScopes: ReadonlySet<string> = new Set(["openid", email, profile]);
export const emailScope: string = email;
export const profileScope: string = profile;

/** Scopes of Google that do not begin with the usual prefix. */
const oddScopes = new Set([
  "https://mail.google.com/",
  "https://www.google.com/calendar/feeds",
  "https://www.google.com/m8/feeds",
]);

/** `email` and `profile` are short for the two `userinfo` scopes; Google answers with the long form. */
export function canonicalScope(scope: string): string {
  if (scope === "email") return email;
  if (scope === "profile") return profile;
  return scope;
}

/**
 * What an authorization request asks for. Google adds `openid` to a request for the e-mail address
 * or the profile, which is why clients that compare scopes strictly fail against it.
 */
export function requestedScopes(asked: readonly string[]): Set<string> {
  const scopes = new Set(asked.map(canonicalScope));
  if (scopes.has(email) || scopes.has(profile)) scopes.add("openid");
  return scopes;
}

/** Whether Google could know this scope: one of its own forms, in lower case, with no comma. */
export function isScope(scope: string): boolean {
  return (
    signInScopes.has(canonicalScope(scope)) ||
    oddScopes.has(scope) ||
    /^https:\/\/www\.googleapis\.com\/auth\/[a-z0-9._/-]+$/.test(scope)
  );
}

/** Google promises no order, so this one is stable and unlike the order in which scopes were asked for. */
export function formatScopes(scopes: Iterable<string>): string {
  const rank = (scope: string) => createHash("sha256").update(scope).digest("hex");
  return [...new Set(scopes)].toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)).join(" ");
}

export function splitScopes(text: string): string[] {
  return text.split(" ").filter((scope) => scope !== "");
}
