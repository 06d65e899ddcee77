import { expect, test } from "vitest";
import { revokePage, signOutPage } from "./confirmation-pages.ts";
import type { Wording } from "./draft.ts";
import { ENGLISH } from "./texts.ts";

const DRIVE = "https://www.googleapis.com/auth/drive.metadata.readonly";
const wording: Wording = { texts: ENGLISH, appName: "Notes", developerNotes: false };

test("the revoke page posts its token, and says what the revocation affects", () => {
  const model = revokePage({ action: "/revoke", token: "t0", homeHref: "/", user: "ada", scopes: [DRIVE] })(wording);
  expect(model).toMatchObject({
    kind: "revoke",
    status: 200,
    title: "Disconnect Notes from Google?",
    signedInAs: "ada",
  });
  expect(model.actions[0]).toEqual({
    label: "Disconnect",
    href: "/revoke",
    post: { token: "t0" },
    emphasis: "danger",
  });
  expect(model.paragraphs.join(" ")).toMatch(/every feature .* switched off.*Other apps.*lose their access too/);
});

test("the sign-out page posts its token, and says what does not change", () => {
  const model = signOutPage({ action: "/signout", token: "t1", homeHref: "/" })({ ...wording, appName: undefined });
  expect(model).toMatchObject({ kind: "signOut", status: 200, title: "Sign out of this app?", scopes: [] });
  expect(model.actions[0]?.post).toEqual({ token: "t1" });
  expect(model.paragraphs.join(" ")).toMatch(/stay signed in at Google.*does not end the access/);
  expect(model).not.toHaveProperty("signedInAs");
});
