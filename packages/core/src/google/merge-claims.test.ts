import { expect, it } from "vitest";
import { mergeClaims } from "./merge-claims.ts";
import type { VerifiedUser } from "./user.ts";

const PROFILE = {
  name: "Ada",
  familyName: "Lovelace",
  locale: "en-GB",
  picture: "https://example.com/ada.png",
};

const OLDER: VerifiedUser = {
  sub: "1",
  email: "ada@example.com",
  emailVerified: true,
  ...PROFILE,
  hostedDomain: "example.com",
};

it.each<[what: string, newer: Omit<VerifiedUser, "sub">, scopes: string[], merged: Omit<VerifiedUser, "sub">]>([
  [
    "takes every group that the scopes cover from the new token",
    { email: "new@example.org", name: "A. L.", givenName: "A." },
    ["email", "openid", "profile"],
    { email: "new@example.org", name: "A. L.", givenName: "A." },
  ],
  [
    "keeps whole groups that the scopes do not cover, and never the domain",
    {},
    ["openid"],
    { email: "ada@example.com", emailVerified: true, ...PROFILE },
  ],
  [
    "keeps one group and takes the other",
    { email: "new@example.org" },
    ["email", "openid"],
    { email: "new@example.org", ...PROFILE },
  ],
  [
    "does not mix a group that the new token has without its scope",
    { email: "new@example.org", hostedDomain: "example.org" },
    ["openid", "profile"],
    { email: "new@example.org", hostedDomain: "example.org" },
  ],
])("%s", (_what, newer, scopes, merged) => {
  expect(mergeClaims(OLDER, { sub: "1", ...newer }, scopes)).toEqual({ sub: "1", ...merged });
});

it("takes all claims of the first token", () => {
  expect(mergeClaims(undefined, OLDER, ["openid"])).toEqual(OLDER);
});
