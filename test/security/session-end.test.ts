// The end of a session that lives in its cookie, by the lines that the browser was sent and by a second process.
import { memoryTokenStore } from "@scopegate/core";
import type { ScopegateOptions } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import type { Cell } from "../harness/app/matrix.ts";
import { ADA, ROUTES } from "../harness/app/scenario.ts";
import type { StartApp, TestRoute } from "../harness/app/test-app.ts";
import { startAttack } from "../harness/security/attack.ts";
import type { Attack } from "../harness/security/attack.ts";
import type { RawBrowser, RawResponse } from "../harness/security/browser.ts";
import { startSecondProcess } from "../harness/security/second-process.ts";
import type { SecondProcess } from "../harness/security/second-process.ts";

const GRACE = "grace@workspace.example";
const SAME_ORIGIN = { "Sec-Fetch-Site": "same-origin" };

const APP_ROUTES: readonly TestRoute[] = [
  ...ROUTES,
  { path: "/cart/fill", handle: (_auth, session) => (session["cart"] = ["book"]) },
  { path: "/cart/show", handle: (_auth, session) => session?.["cart"] ?? "empty" },
  { path: "/leave", handle: (auth) => auth.signOut() },
];

/** Ways in which a user or the app ends the session. Each gives the response that ends it. */
const ENDS: readonly (readonly [name: string, end: (browser: RawBrowser) => Promise<RawResponse>])[] = [
  ["POST /signout", (browser) => browser.post("/signout", {}, SAME_ORIGIN)],
  ["POST /revoke", (browser) => browser.post("/revoke", {}, SAME_ORIGIN)],
  ["signOut() in a handler", (browser) => browser.call("/leave")],
];

const isInCookie = ([, , session]: Cell) => session.isMiddleware || session.storage === "cookie";

interface Deployment extends AsyncDisposable {
  readonly attack: Attack;
  readonly second: SecondProcess;
}

/** An app with its session in a cookie, in two processes, with a signed-in user. */
async function deploy(
  startApp: StartApp,
  isMiddleware: boolean,
  options: ScopegateOptions = {},
  routes = APP_ROUTES,
): Promise<Deployment> {
  const session = isMiddleware ? ({ session: "cookie" } as const) : {};
  const attack = await startAttack(startApp, { ...session, routes, options });
  const second = await startSecondProcess(startApp, attack, { ...session, routes }, options);
  await attack.signIn();
  if (isMiddleware) await attack.victim.call("/cart/fill");
  return {
    attack,
    second,
    async [Symbol.asyncDispose]() {
      await second[Symbol.asyncDispose]();
      await attack[Symbol.asyncDispose]();
    },
  };
}

/** Expects that a process knows nothing of the former user of this browser. */
async function expectSignedOut(browser: RawBrowser): Promise<void> {
  expect((await browser.call("/")).json).toMatchObject({ signedIn: false, user: null, scopes: [] });
  expect((await browser.call("/me")).status).toBe(401);
  expect((await browser.call("/token")).text).not.toContain("ya29.");
  expect((await browser.call("/cart/show")).text).not.toContain("book");
}

const cookieLines = ({ headers }: RawResponse): string =>
  (headers["set-cookie"] ?? []).filter((line) => !line.includes("_rounds=")).join("\n");

describe.each(frameworks.filter(isInCookie))("a session in a cookie on %s", (_name, startApp, { isMiddleware }) => {
  it.each(ENDS)("S65 is emptied in the browser and signed out in a second process after %s", async (_way, end) => {
    await using deployment = await deploy(startApp, isMiddleware);
    const { attack, second } = deployment;
    const before = second.browserOf(attack.victim);
    expect((await before.call("/me")).json["email"]).toBe(ADA);
    const response = await end(attack.victim);
    expect(response.status).toBeLessThan(400);
    expect(cookieLines(response)).not.toBe("");
    await expectSignedOut(second.browserOf(attack.victim));
    await expectSignedOut(attack.victim);
  });

  it("S65 is emptied by the process that finds a sign-out everywhere", async () => {
    await using deployment = await deploy(startApp, isMiddleware, { store: memoryTokenStore() });
    const { attack, second } = deployment;
    attack.google.clock.advance(1000);
    await second.app.google.signOutEverywhere(attack.google.users.find(({ email }) => email === ADA)!.sub);
    attack.google.clock.advance(1000);
    const response = await attack.victim.call("/me");
    expect(response.status).toBe(401);
    expect(cookieLines(response)).not.toBe("");
    await expectSignedOut(second.browserOf(attack.victim));
  });

  it("S65 holds nothing of the former user after another user signs in", async () => {
    await using deployment = await deploy(startApp, isMiddleware);
    const { attack, second } = deployment;
    await attack.signIn(attack.victim, "/authorize?prompt=select_account", { user: GRACE });
    const browser = second.browserOf(attack.victim);
    expect((await browser.call("/me")).json["email"]).toBe(GRACE);
    expect((await browser.call("/")).text).not.toContain(ADA);
    expect((await browser.call("/cart/show")).text).not.toContain("book");
  });
});
