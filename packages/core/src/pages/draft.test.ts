import { describe, expect, test } from "vitest";
import { AuthError } from "../errors/auth-error.ts";
import { revokePage, signOutPage } from "./confirmation-pages.ts";
import type { Wording } from "./draft.ts";
import { mergeTexts } from "./merge-texts.ts";
import { accountPage, declinedPage, deniedPage, errorPage } from "./outcome-pages.ts";
import { ENGLISH } from "./texts.ts";

const wording: Wording = { texts: ENGLISH, appName: "Notes", developerNotes: false };

describe("a page draft", () => {
  test("takes its texts when the page is shown", () => {
    const draft = signOutPage({ action: "/signout", token: "t", homeHref: "/" });
    const german = mergeTexts({ language: "de", thisApp: "dieser App", signOut: { title: "Von {app} abmelden?" } });
    expect(draft({ ...wording, appName: undefined, texts: german })).toMatchObject({
      language: "de",
      title: "Von dieser App abmelden?",
    });
    expect(draft(wording).title).toBe("Sign out of Notes?");
  });

  test("shows the name of a scope without a description, even if it looks like a placeholder", () => {
    const model = declinedPage({ missing: ["https://example.com/{app}"], askAgainHref: "/a", homeHref: "/" })(wording);
    expect(model.scopes[0]?.description).toBe("https://example.com/{app}");
  });

  test("fills the app's name into the description of a scope", () => {
    const scope = "https://www.googleapis.com/auth/drive.file";
    const model = declinedPage({ missing: [scope], askAgainHref: "/a", homeHref: "/" })(wording);
    expect(model.scopes[0]?.description).toMatch(/ with Notes$/);
  });
});

describe("making a page rejects an unsafe address", () => {
  const bad = "javascript:alert(1)";
  test.each([
    ["retryHref", () => deniedPage({ scopes: [], retryHref: bad, homeHref: "/" })],
    ["homeHref", () => deniedPage({ scopes: [], retryHref: "/", homeHref: bad })],
    ["askAgainHref", () => declinedPage({ missing: [], askAgainHref: bad, homeHref: "/" })],
    ["retryHref", () => errorPage(new AuthError("attempt_spent"), { homeHref: "/", retryHref: bad })],
    [
      "continueHref",
      () => accountPage({ expected: "a", actual: "b", continueHref: bad, retryHref: "/", homeHref: "/" }),
    ],
    ["action", () => revokePage({ action: bad, token: "t", homeHref: "/", scopes: [] })],
    ["action", () => signOutPage({ action: "//evil.example", token: "t", homeHref: "/" })],
  ])("as %s", (name, make) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(new RegExp(`^${name} must be`));
  });
});
