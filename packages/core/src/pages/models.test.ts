import { describe, expect, test } from "vitest";
import { AuthError, type AuthErrorCode } from "../errors/auth-error.ts";
import { ERROR_TABLE } from "../errors/error-table.ts";
import { mergeTexts } from "./merge-texts.ts";
import { accountPage, declinedPage, deniedPage, errorPage, revokePage, signOutPage, type Wording } from "./models.ts";
import { ENGLISH } from "./texts.ts";

const DRIVE = "https://www.googleapis.com/auth/drive.metadata.readonly";
const wording: Wording = { texts: ENGLISH, appName: "Notes", developerNotes: false };
const development: Wording = { ...wording, developerNotes: true };
const emphasised = (model: { actions: readonly { href: string; emphasis?: string }[] }) =>
  model.actions.filter(({ emphasis }) => emphasis !== undefined).map(({ href, emphasis }) => [href, emphasis]);

describe("a page of a decision", () => {
  test("denied: says what stays off, and puts the way on before asking again", () => {
    const model = deniedPage({ scopes: [DRIVE], retryHref: "/authorize", homeHref: "/home" })(wording);
    expect(model).toMatchObject({ kind: "denied", status: 403, code: "access_denied", language: "en" });
    expect(model.scopes).toEqual([{ scope: DRIVE, description: ENGLISH.scopes[DRIVE] }]);
    expect(model.paragraphs[0]).toContain("Notes");
    expect(emphasised(model)).toEqual([["/home", "primary"]]);
    expect(model.actions[1]).toMatchObject({ href: "/authorize" });
  });

  test("declined: 403, what is missing, and a link that asks again", () => {
    const model = declinedPage({ missing: [DRIVE], askAgainHref: "/authorize?x=1", homeHref: "/", signedInAs: "ada" })(
      wording,
    );
    expect(model).toMatchObject({ kind: "declined", status: 403, code: "insufficient_scope", signedInAs: "ada" });
    expect(model.scopesHeading).toBe("For this feature, Notes needs to");
    expect(emphasised(model)).toEqual([["/authorize?x=1", "primary"]]);
    expect(model.actions.every(({ post }) => post === undefined)).toBe(true);
  });

  test("account: names both accounts, and offers either", () => {
    const model = accountPage({
      expected: "ada@example.com",
      actual: "grace@example.com",
      retryHref: "/retry",
      continueHref: "/continue",
      homeHref: "/",
    })(wording);
    expect(model).toMatchObject({
      kind: "account",
      status: 409,
      code: "account_mismatch",
      signedInAs: "ada@example.com",
    });
    expect(model.actions.map(({ label, href }) => [label, href])).toEqual([
      ["Stay with ada@example.com", "/retry"],
      ["Switch to grace@example.com", "/continue"],
      [ENGLISH.home, "/"],
    ]);
  });
});

describe("a confirmation", () => {
  test("revoke: posts its token, and says how far it reaches", () => {
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
    expect(model.paragraphs.join(" ")).toMatch(/every feature .* switched off.*same Google project/);
  });

  test("signOut: posts its token, and says what it leaves as it is", () => {
    const model = signOutPage({ action: "/signout", token: "t1", homeHref: "/" })({ ...wording, appName: undefined });
    expect(model).toMatchObject({ kind: "signOut", status: 200, title: "Sign out of this app?", scopes: [] });
    expect(model.actions[0]?.post).toEqual({ token: "t1" });
    expect(model.paragraphs.join(" ")).toMatch(/stay signed in at Google.*stays allowed/);
    expect(model).not.toHaveProperty("signedInAs");
  });
});

describe("an error's page", () => {
  test.each(Object.keys(ERROR_TABLE) as AuthErrorCode[])("%s has its status and its own words", (code) => {
    const model = errorPage(new AuthError(code, { detail: "particulars" }), { homeHref: "/" })(wording);
    const { status, user } = ERROR_TABLE[code];
    expect(model).toMatchObject({ kind: "error", status, code, title: user.title, paragraphs: [user.text] });
    expect(JSON.stringify(model)).not.toContain("particulars");
  });

  test("offers another try only where there is one", () => {
    const error = new AuthError("attempt_expired");
    expect(emphasised(errorPage(error, { homeHref: "/" })(wording))).toEqual([["/", "primary"]]);
    expect(emphasised(errorPage(error, { homeHref: "/", retryHref: "/again" })(wording))).toEqual([
      ["/again", "primary"],
    ]);
  });

  test("tells the developer in development only, and never the cause", () => {
    const error = new AuthError("invalid_client", { detail: "particulars", cause: new Error("from the cause") });
    const draft = errorPage(error, { homeHref: "/", developerNote: "More to know." });
    expect(draft(wording)).not.toHaveProperty("developerNote");
    expect(draft(development).developerNote).toBe(`${error.message}\nMore to know.`);
    expect(JSON.stringify(draft(development))).not.toContain("from the cause");
  });

  test("lists the scopes that are missing", () => {
    const error = new AuthError("insufficient_scope", { missing: [DRIVE] });
    expect(errorPage(error, { homeHref: "/" })(wording).scopes.map(({ scope }) => scope)).toEqual([DRIVE]);
  });
});

test("the words are chosen when the page is shown", () => {
  const draft = signOutPage({ action: "/signout", token: "t", homeHref: "/" });
  const german = mergeTexts({ language: "de", thisApp: "dieser App", signOut: { title: "Von {app} abmelden?" } });
  expect(draft({ ...wording, appName: undefined, texts: german })).toMatchObject({
    language: "de",
    title: "Von dieser App abmelden?",
  });
  expect(draft(wording).title).toBe("Sign out of Notes?");
});

test("a scope without words is shown as it is, even where it looks like a placeholder", () => {
  const model = declinedPage({ missing: ["https://example.com/{app}"], askAgainHref: "/a", homeHref: "/" })(wording);
  expect(model.scopes[0]?.description).toBe("https://example.com/{app}");
});

describe("addresses are checked before there is a page", () => {
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
  ])("%s", (name, make) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(new RegExp(`^${name} must be`));
  });
});
