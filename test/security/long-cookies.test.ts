import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { NGINX, startNginx } from "../harness/nginx.ts";
import { mustSkip } from "../harness/requirement.ts";
import { attemptCookiesOf } from "../harness/security/attack.ts";
import { RawBrowser } from "../harness/security/browser.ts";
import { startHttpsApp } from "../harness/security/https-app.ts";
import type { HttpsApp } from "../harness/security/https-app.ts";

/** Scopegate keeps a browser's `Cookie` line below this many characters. */
const LIMIT = 7_500;

const lineOf = (browser: RawBrowser) => [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");

/** A return address of this length. */
const address = (length: number, tab = 0) => `/${tab}?${"x".repeat(length - 3)}`;

/** The address to which a complete sign-in returns, after a sign-in route with this address. */
async function returnedTo(app: HttpsApp, browser: RawBrowser, begin: string): Promise<string> {
  let { status, location } = await app.visit(browser, begin);
  // Google issues a refresh token only once, so that a consent retry may follow.
  for (let visits = 0; visits < 2 && location.startsWith(app.google.url); visits++) {
    ({ status, location } = await app.visit(browser, await app.google.approve(location)));
  }
  expect(status).toBe(302);
  return location;
}

describe.each(frameworks)("long cookies on %s", (_name, startApp, session) => {
  it.each([955, 1500])("S73 links with a return address of %i characters do not lock a browser out", async (length) => {
    await using app = await startHttpsApp(startApp);
    const { victim } = app;
    const hostile = async (round: number) => {
      for (let tab = 0; tab < 6; tab++) {
        const { status } = await app.visit(victim, `/authorize?return_to=${address(length, tab)}`);
        expect(status).toBe(302);
        expect(lineOf(victim).length, `round ${round}, tab ${tab}`).toBeLessThan(LIMIT);
      }
    };
    await hostile(1);
    // A sign-in among them succeeds, and the session takes the room that it needs.
    expect(await returnedTo(app, victim, "/drive")).toBe("/drive");
    expect(lineOf(victim).length).toBeLessThan(LIMIT);
    await hostile(2);
    expect((await app.visit(victim, "/drive")).status).toBe(200);
  });

  it("S73 a return address of 1,500 characters is kept, and a longer one becomes the start page", async () => {
    await using app = await startHttpsApp(startApp);
    const { victim } = app;
    const longest = address(1500);
    expect(await returnedTo(app, victim, `/authorize?return_to=${encodeURIComponent(longest)}`)).toBe(longest);
    // Beside a small session, too.
    expect(await returnedTo(app, victim, `/authorize?return_to=${encodeURIComponent(longest)}`)).toBe(longest);
    expect(await returnedTo(app, victim, `/authorize?return_to=${longest}x`)).toBe("/");
  });

  it("S73 a long session makes pending attempts give way", async () => {
    await using app = await startHttpsApp(startApp);
    const { victim, google } = app;
    const access_token = "a".repeat(1_800);
    google.faults.add({ endpoint: "token", transform: (answer) => ({ ...answer, access_token }) });
    await app.visit(victim, `/authorize?return_to=${address(1300)}`);
    const { location } = await app.visit(victim, "/me");
    await app.visit(victim, `/authorize?return_to=${address(300)}`);
    expect(attemptCookiesOf(victim)).toHaveLength(3);
    const { status } = await app.visit(victim, await google.approve(location));
    expect([status, lineOf(victim).length < LIMIT]).toEqual([302, true]);
    expect(attemptCookiesOf(victim)).toHaveLength(session.storage === "cookie" ? 1 : 2);
    expect((await app.visit(victim, "/me")).status).toBe(200);
    // A long session leaves room for a new attempt.
    expect(await returnedTo(app, victim, `/authorize?return_to=${address(300)}`)).toBe(address(300));
    expect(lineOf(victim).length).toBeLessThan(LIMIT);
  });

  it("S73 the newest attempt always completes, with `/` where other cookies leave no room for its address", async () => {
    await using app = await startHttpsApp(startApp);
    const { victim } = app;
    await app.visit(victim, `/authorize?return_to=${address(300)}`);
    victim.cookies.set("other", "x".repeat(6_000));
    expect(await returnedTo(app, victim, `/authorize?return_to=${address(1500)}`)).toBe("/");
    for (const name of victim.cookies.keys()) if (name !== "other") victim.cookies.delete(name);
    expect(await returnedTo(app, victim, `/authorize?return_to=${address(300)}`)).toBe(address(300));
  });
});

describe.each(frameworks.filter(([, , session]) => session.isMiddleware))(
  "long cookies with a session that its middleware keeps in a cookie, on %s",
  (_name, startApp) => {
    it("S73 pending attempts leave room for the session", async () => {
      await using app = await startHttpsApp(startApp, undefined, { session: "cookie" });
      const { victim, google } = app;
      const access_token = "a".repeat(900);
      google.faults.add({ endpoint: "token", transform: (answer) => ({ ...answer, access_token }) });
      for (let tab = 0; tab < 6; tab++) await app.visit(victim, `/authorize?return_to=${address(1500, tab)}`);
      expect(await returnedTo(app, victim, "/authorize?return_to=/me")).toBe("/me");
      expect(lineOf(victim).length).toBeLessThan(8_100);
      expect((await app.visit(victim, "/me")).status).toBe(200);
    });
  },
);

describe.skipIf(mustSkip(NGINX))("behind nginx at its defaults", () => {
  describe.each(frameworks)("on %s", (_name, startApp) => {
    it.each([955, 1500])(
      "S73 return addresses of %i characters leave every page of the app reachable",
      async (length) => {
        await using app = await startHttpsApp(startApp);
        await using nginx = await startNginx(app.app.origin);
        const victim = new RawBrowser(nginx.origin);
        for (let round = 0; round < 2; round++) {
          for (let tab = 0; tab < 6; tab++) {
            const { status } = await app.visit(victim, `/authorize?return_to=${address(length, tab)}`);
            expect(status, `round ${round}, tab ${tab}`).toBe(302);
            expect((await app.visit(victim, "/")).status).toBe(200);
          }
          expect(await returnedTo(app, victim, "/authorize?return_to=/me")).toBe("/me");
          expect((await app.visit(victim, "/me")).status).toBe(200);
        }
      },
    );
  });
});
