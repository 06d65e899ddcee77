import { memoryTokenStore } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { hasMiddleware } from "../harness/app/matrix.ts";
import { ADA, ROUTES } from "../harness/app/scenario.ts";
import { startAttack } from "../harness/security/attack.ts";
import type { Attack } from "../harness/security/attack.ts";
import type { RawBrowser } from "../harness/security/browser.ts";

const GRACE = "grace@workspace.example";
const SAME_ORIGIN = { "Sec-Fetch-Site": "same-origin" };
const SWITCH = "/authorize?prompt=select_account";

const ROUTES_WITH_CART = [
  ...ROUTES,
  { path: "/cart/show", handle: (_auth: unknown, session: Record<string, unknown>) => session["cart"] ?? "empty" },
];

const idsOf = ({ app }: Attack) => Object.keys(app.sessions());
const contentOf = ({ app }: Attack) => JSON.stringify(app.sessions());

/** Expects that a browser with these cookies is signed out and gets no token. */
async function expectNobody(browser: RawBrowser): Promise<void> {
  expect((await browser.call("/")).json).toMatchObject({ signedIn: false, user: null, scopes: [] });
  expect((await browser.call("/me")).status).toBe(401);
  expect((await browser.call("/token")).text).not.toContain("ya29.");
}

describe.each(frameworks)("the session's ID on %s", (_name, startApp) => {
  it("S16 is invalid after sign-out, and the store holds nothing of the user", async () => {
    await using attack = await startAttack(startApp, { routes: ROUTES_WITH_CART });
    const { victim } = attack;
    for (const path of ["/signout", "/revoke"]) {
      await attack.signIn(victim, "/authorize?prompt=consent");
      await victim.open("/cart");
      const old = victim.clone();
      const [before] = idsOf(attack);
      expect((await victim.post(path, {}, SAME_ORIGIN)).status).toBe(303);
      expect(idsOf(attack)).not.toContain(before);
      expect(contentOf(attack)).not.toMatch(/book|ada@example/);
      await expectNobody(old);
      await expectNobody(victim);
    }
  });

  it("S16 stays invalid for a thief when the user signs in again after a sign-out everywhere", async () => {
    await using attack = await startAttack(startApp, { options: { store: memoryTokenStore() } });
    const { victim, google, app } = attack;
    await attack.signIn();
    const thief = victim.clone();
    google.clock.advance(1000);
    await app.google.signOutEverywhere(google.users.find(({ email }) => email === ADA)!.sub);
    google.clock.advance(1000);
    // The user signs in again before a guard has noticed the sign-out.
    await attack.signIn();
    expect((await victim.call("/me")).json["email"]).toBe(ADA);
    expect((await thief.call("/me")).status).toBe(401);
    expect((await thief.call("/token")).text).not.toContain("ya29.");
  });
});

describe.each(frameworks.filter(hasMiddleware))(
  "the ID of a session that the app writes to on %s",
  (_name, startApp) => {
    it("S16 is replaced at sign-in, so that a planted session stays signed out", async () => {
      await using attack = await startAttack(startApp, { routes: ROUTES_WITH_CART });
      const { victim } = attack;
      const attacker = attack.newBrowser();
      await attacker.open("/cart");
      const [planted] = idsOf(attack);
      for (const [name, value] of attacker.cookies) victim.cookies.set(name, value);
      await attack.signIn();
      expect(idsOf(attack)).not.toContain(planted);
      await expectNobody(attacker);
      expect((await victim.call("/me")).json["email"]).toBe(ADA);
      expect((await victim.call("/cart/show")).text).toContain("book");
    });

    it("S16 changes with the user, and nothing of user A remains", async () => {
      await using attack = await startAttack(startApp, { routes: ROUTES_WITH_CART });
      const { victim } = attack;
      await attack.signIn();
      await victim.open("/cart");
      const old = victim.clone();
      const [before] = idsOf(attack);
      await attack.signIn(victim, SWITCH, { user: GRACE });
      expect(idsOf(attack)).not.toContain(before);
      expect(contentOf(attack)).not.toMatch(/book|ada@example/);
      expect((await victim.call("/me")).json["email"]).toBe(GRACE);
      expect((await victim.call("/cart/show")).text).toContain("empty");
      await expectNobody(old);
    });

    it("S16 stays the one of user B after a slow request of user A, and the old ID stays invalid", async () => {
      for (const session of ["server", "cookie"] as const) {
        const entered = Promise.withResolvers<void>();
        const leave = Promise.withResolvers<void>();
        await using attack = await startAttack(startApp, {
          session,
          routes: [
            ...ROUTES_WITH_CART,
            {
              path: "/slow",
              async handle(_auth, content) {
                content["note"] = "of the slow request";
                entered.resolve();
                await leave.promise;
              },
            },
          ],
        });
        const { victim } = attack;
        await attack.signIn();
        const tab = victim.clone();
        const slow = tab.call("/slow");
        await entered.promise;
        await attack.signIn(victim, SWITCH, { user: GRACE });
        leave.resolve();
        expect((await slow).status).toBe(200);
        // The browser now has the cookies of the slow response.
        await expectNobody(tab);
        if (session === "server") expect((await victim.call("/me")).json["email"]).toBe(GRACE);
      }
    });

    it("S16 gives the next user nothing of a user who was signed out everywhere", async () => {
      await using attack = await startAttack(startApp, {
        routes: ROUTES_WITH_CART,
        options: { store: memoryTokenStore() },
      });
      const { victim, google, app } = attack;
      await attack.signIn();
      await victim.open("/cart");
      google.clock.advance(1000);
      await app.google.signOutEverywhere(google.users.find(({ email }) => email === ADA)!.sub);
      google.clock.advance(1000);
      expect((await victim.call("/me")).status).toBe(401);
      await attack.signIn(victim, "/authorize", { user: GRACE });
      expect((await victim.call("/me")).json["email"]).toBe(GRACE);
      expect((await victim.call("/cart/show")).text).toContain("empty");
    });

    it("S16 in a cookie session changes with the user and at sign-out, so that old copies are signed out", async () => {
      await using attack = await startAttack(startApp, { session: "cookie", routes: ROUTES_WITH_CART });
      const { victim } = attack;
      await attack.signIn();
      await victim.open("/cart");
      const ofAda = victim.clone();
      await attack.signIn(victim, SWITCH, { user: GRACE });
      expect((await victim.call("/me")).json["email"]).toBe(GRACE);
      expect((await victim.call("/cart/show")).text).toContain("empty");
      const ofGrace = victim.clone();
      expect((await victim.post("/signout", {}, SAME_ORIGIN)).status).toBe(303);
      // A cookie cannot be taken back, but its sign-in can be known as ended. The app's own content of a cookie session
      // stays readable in a copy: the cart of `ofAda` is still there.
      for (const browser of [ofAda, ofGrace, victim]) await expectNobody(browser);
    });
  },
);
