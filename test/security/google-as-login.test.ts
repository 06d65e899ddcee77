// Apps whose only login is Google: the hook `authorized` makes the app's user, and `userId` reads it from the session.
import { memoryTokenStore } from "@scopegate/core";
import type { ScopegateOptions } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { hasMiddleware } from "../harness/app/matrix.ts";
import { ADA, ROUTES } from "../harness/app/scenario.ts";
import type { StartApp, TestAppSpec, TestRoute } from "../harness/app/test-app.ts";
import { startAttack } from "../harness/security/attack.ts";
import type { RawBrowser } from "../harness/security/browser.ts";

const GRACE = "grace@workspace.example";
const SWITCH = "/authorize?prompt=select_account";
const SAME_ORIGIN = { "Sec-Fetch-Site": "same-origin" };

type Content = Record<string, unknown>;
const sessionOf = (request: unknown) => (request as { session: Content }).session;

const routes: readonly TestRoute[] = [
  ...ROUTES,
  { path: "/content", handle: (_auth, { userId, cart, role }) => ({ userId, cart, role }) },
  { path: "/accounts", handle: async (auth) => (await auth.accounts()).map(({ user }) => user.email) },
  { path: "/log-in", handle: (_auth, session, query) => void (session["userId"] = query.get("as")) },
  { path: "/sign-out", handle: async (auth) => auth.signOut() },
];

/** The user's ID in the app's database, which the hook reads or makes. */
const idOf = (email: string) => `row-of-${email.split("@")[0]!}`;

async function startLogin(startApp: StartApp, session: TestAppSpec["session"], more: ScopegateOptions = {}) {
  const options: ScopegateOptions = {
    store: memoryTokenStore(),
    userId: (request) => sessionOf(request)["userId"] as string | undefined,
    on: {
      async authorized({ user, request, linked }) {
        await Promise.resolve();
        if (linked) return;
        sessionOf(request)["userId"] = idOf(user.email!);
        sessionOf(request)["role"] = "member";
      },
    },
    ...more,
  };
  const attack = await startAttack(startApp, { routes, session: session!, options });
  const emailsOf = async (email: string) => {
    const accounts = await attack.app.google.forUser(idOf(email)).accounts();
    return accounts.map(({ user }) => user.email);
  };
  const contentOf = async (browser: RawBrowser) => (await browser.call("/content")).json;
  return {
    ...attack,
    emailsOf,
    contentOf,
    subOf: (email: string) => attack.google.users.find((user) => user.email === email)!.sub,
  };
}

describe.each(frameworks.filter(hasMiddleware))("Google as the only login on %s", (_name, startApp) => {
  describe.each(["server", "cookie"] as const)("with a %s session", (session) => {
    it("S60 goes to Google once, and the app's new user owns the grant", async () => {
      await using attack = await startLogin(startApp, session);
      const { victim, google, emailsOf, subOf, app } = attack;
      await attack.signIn(victim, "/authorize");
      expect((await victim.call("/me")).json["email"]).toBe(ADA);
      expect((await victim.call("/accounts")).text).toBe(JSON.stringify([ADA]));
      expect(google.requests.of("token")).toHaveLength(1);
      expect(await emailsOf(ADA)).toEqual([ADA]);
      expect(await app.google.forUser(subOf(ADA)).accounts()).toEqual([]);
    });

    it.each([
      ["/signout", (browser: RawBrowser) => browser.post("/signout", {}, SAME_ORIGIN)],
      ["/revoke", (browser: RawBrowser) => browser.post("/revoke", {}, SAME_ORIGIN)],
      ["signOut()", (browser: RawBrowser) => browser.call("/sign-out")],
      ["no sign-out, by the choice of another account,", async () => undefined],
    ])("S60 after %s gives the next user nothing of the former one", async (how, leave) => {
      await using attack = await startLogin(startApp, session);
      const { victim, contentOf, emailsOf } = attack;
      await attack.signIn();
      await victim.open("/cart");
      expect(await contentOf(victim)).toEqual({ userId: idOf(ADA), cart: ["book"], role: "member" });
      const old = victim.clone();
      await leave(victim);
      if (!how.startsWith("no ")) {
        expect((await victim.call("/me")).status).toBe(401);
        expect(await contentOf(victim)).toEqual({});
      }
      await attack.signIn(victim, SWITCH, { user: GRACE });
      expect(await contentOf(victim)).toEqual({ userId: idOf(GRACE), role: "member" });
      expect((await victim.call("/accounts")).text).toBe(JSON.stringify([GRACE]));
      expect(await emailsOf(GRACE)).toEqual([GRACE]);
      expect(await emailsOf(ADA)).toEqual(how === "/revoke" ? [] : [ADA]);
      expect((await old.call("/me")).status).toBe(401);
    });
  });

  it("S60 keeps nothing of a session whose user was signed out everywhere", async () => {
    await using attack = await startLogin(startApp, "server");
    const { victim, app, google, contentOf, subOf } = attack;
    await attack.signIn();
    await victim.open("/cart");
    google.clock.advance(1000);
    await app.google.signOutEverywhere(subOf(ADA));
    expect((await victim.call("/me")).status).toBe(401);
    expect(await contentOf(victim)).toEqual({});
    expect(JSON.stringify(app.sessions())).not.toMatch(/book|row-of/);
  });

  it("S60 completes both of two sign-ins that began in parallel tabs", async () => {
    await using attack = await startLogin(startApp, "server");
    const { victim } = attack;
    const [first, second] = [await attack.begin(), await attack.begin()];
    for (const { callback } of [second, first]) {
      let { status, location } = await victim.open(callback.href);
      if (location.startsWith(attack.google.url)) {
        ({ status, location } = await victim.open(await attack.google.approve(location)));
      }
      expect([status, location]).toEqual([302, "/"]);
    }
    expect((await victim.call("/me")).json["email"]).toBe(ADA);
  });

  it("S60 empties the session if the hook logs another user in and then refuses the sign-in", async () => {
    await using attack = await startLogin(startApp, "server", {
      on: {
        authorized({ user, request }) {
          sessionOf(request)["userId"] = idOf(user.email!);
          if (user.email === GRACE) throw new Error("banned");
        },
      },
    });
    const { victim, contentOf, emailsOf } = attack;
    await attack.signIn();
    await victim.open("/cart");
    const { callback } = await attack.begin(victim, SWITCH, { user: GRACE });
    expect((await victim.open(callback.href)).status).toBe(500);
    expect(await contentOf(victim)).toEqual({});
    expect(await emailsOf(GRACE)).toEqual([]);
  });

  it("S60 does not link an account if the hook then logs another user in, and empties the session", async () => {
    await using attack = await startLogin(startApp, "server", {
      on: { authorized: ({ user, request }) => void (sessionOf(request)["userId"] = idOf(user.email!)) },
    });
    const { victim, contentOf, emailsOf } = attack;
    await attack.signIn();
    await victim.open("/cart");
    const { callback } = await attack.begin(victim, "/authorize?link=1", { user: GRACE });
    expect((await victim.open(callback.href)).status).toBe(403);
    expect(await contentOf(victim)).toEqual({});
    expect([await emailsOf(ADA), await emailsOf(GRACE)]).toEqual([[ADA], []]);
  });

  it("S60 logs no user in if the store fails after the hook", async () => {
    const store = memoryTokenStore();
    let isDown = false;
    const put: typeof store.put = (...args) => (isDown ? Promise.reject(new Error("down")) : store.put(...args));
    await using attack = await startLogin(startApp, "server", { store: { ...store, put } });
    const { victim, contentOf } = attack;
    const { callback } = await attack.begin();
    isDown = true;
    expect((await victim.open(callback.href)).status).toBe(503);
    isDown = false;
    expect((await victim.call("/me")).status).toBe(401);
    expect(await contentOf(victim)).toEqual({});
  });

  it("S60 leaves the session of an app with a login of its own as it is", async () => {
    await using attack = await startLogin(startApp, "server", { on: {} });
    const { victim, contentOf, app } = attack;
    await victim.call("/log-in?as=42");
    await victim.open("/cart");
    await attack.signIn();
    await victim.post("/signout", {}, SAME_ORIGIN);
    expect(await contentOf(victim)).toEqual({ userId: "42", cart: ["book"] });
    expect((await app.google.forUser(42).accounts()).map(({ user }) => user.email)).toEqual([ADA]);
  });
});
