import { describe, expect, test } from "vitest";
import { AuthError, type AuthErrorCode } from "../errors/auth-error.ts";
import { ERROR_TABLE } from "../errors/error-table.ts";
import type { Wording } from "./draft.ts";
import { accountPage, declinedPage, deniedPage, errorPage, formPage } from "./outcome-pages.ts";
import { ENGLISH } from "./texts.ts";

const DRIVE = "https://www.googleapis.com/auth/drive.metadata.readonly";
const wording: Wording = { texts: ENGLISH, appName: "Notes", developerNotes: false };
const development: Wording = { ...wording, developerNotes: true };
const emphasized = (model: { actions: readonly { href: string; emphasis?: string }[] }) =>
  model.actions.filter(({ emphasis }) => emphasis !== undefined).map(({ href, emphasis }) => [href, emphasis]);

test("the denied page lists the access that was declined, and offers to continue before it offers to ask again", () => {
  const model = deniedPage({ scopes: [DRIVE], retryHref: "/authorize", homeHref: "/home" })(wording);
  expect(model).toMatchObject({ kind: "denied", status: 403, code: "access_denied", language: "en" });
  expect(model.scopes).toEqual([{ scope: DRIVE, description: ENGLISH.scopes[DRIVE] }]);
  expect(model.paragraphs[0]).toContain("Notes");
  expect(emphasized(model)).toEqual([["/home", "primary"]]);
  expect(model.actions[1]).toMatchObject({ href: "/authorize" });
});

test("the declined page has the status 403, lists the missing access, and asks again by a link", () => {
  const input = { missing: [DRIVE], askAgainHref: "/authorize?x=1", homeHref: "/", signedInAs: "ada" };
  const model = declinedPage(input)(wording);
  expect(model).toMatchObject({ kind: "declined", status: 403, code: "insufficient_scope", signedInAs: "ada" });
  expect(model.scopesHeading).toBe("For this feature, Notes needs to");
  expect(emphasized(model)).toEqual([["/authorize?x=1", "primary"]]);
  expect(model.actions.every(({ post }) => post === undefined)).toBe(true);
});

describe("the page after a refused form", () => {
  test("says that the session has ended, and leads to the sign-in and back to the form", () => {
    const input = { homeHref: "/", continueHref: "/authorize?x=1", backHref: "/notes/new" };
    const model = formPage(new AuthError("sign_in_required"), input)(wording);
    expect(model).toMatchObject({
      kind: "error",
      status: 401,
      code: "sign_in_required",
      title: "Your session has ended",
    });
    expect(model.paragraphs[1]).toContain("Nothing that you entered was saved");
    expect(model.actions).toEqual([
      { label: "Sign in with Google", href: "/authorize?x=1", emphasis: "primary" },
      { label: "Back to the form", href: "/notes/new" },
    ]);
  });

  test("lists the missing access", () => {
    const error = new AuthError("insufficient_scope", { missing: [DRIVE] });
    const model = formPage(error, { homeHref: "/", continueHref: "/authorize" })(wording);
    expect(model).toMatchObject({ status: 403, title: ERROR_TABLE.insufficient_scope.user.title });
    expect(model.scopes.map(({ scope }) => scope)).toEqual([DRIVE]);
    expect(model.actions.map(({ label, href }) => [label, href])).toEqual([
      ["Allow access", "/authorize"],
      [ENGLISH.home, "/"],
    ]);
  });

  test("leads to the start page if the app has no authorize route", () => {
    expect(formPage(new AuthError("reconnect_required"), { homeHref: "/" })(wording).actions).toEqual([
      { label: ENGLISH.home, href: "/" },
    ]);
  });
});

test("the account page names both accounts and offers either", () => {
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

describe("the error page", () => {
  test.each(Object.keys(ERROR_TABLE) as AuthErrorCode[])("has the status and the texts of %s", (code) => {
    const model = errorPage(new AuthError(code, { detail: "particulars" }), { homeHref: "/" })(wording);
    const { status, user } = ERROR_TABLE[code];
    expect(model).toMatchObject({ kind: "error", status, code, title: user.title, paragraphs: [user.text] });
    expect(JSON.stringify(model)).not.toContain("particulars");
  });

  test("offers another try only if it gets an address for it", () => {
    const error = new AuthError("attempt_expired");
    expect(emphasized(errorPage(error, { homeHref: "/" })(wording))).toEqual([["/", "primary"]]);
    expect(emphasized(errorPage(error, { homeHref: "/", retryHref: "/again" })(wording))).toEqual([
      ["/again", "primary"],
    ]);
  });

  test("shows the message to the developer in development only, and never the cause", () => {
    const error = new AuthError("invalid_client", { detail: "particulars", cause: new Error("from the cause") });
    const draft = errorPage(error, { homeHref: "/", developerNote: "More to know." });
    expect(draft(wording)).not.toHaveProperty("developerNote");
    expect(draft(development).developerNote).toBe(`${error.message}\nMore to know.`);
    expect(JSON.stringify(draft(development))).not.toContain("from the cause");
  });

  test("lists the missing scopes", () => {
    const error = new AuthError("insufficient_scope", { missing: [DRIVE] });
    expect(errorPage(error, { homeHref: "/" })(wording).scopes.map(({ scope }) => scope)).toEqual([DRIVE]);
  });
});
