import type { ScopegateOptions } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { hasMiddleware } from "../harness/app/matrix.ts";
import { ADA, ROUTES } from "../harness/app/scenario.ts";
import type { StartApp, TestRoute } from "../harness/app/test-app.ts";
import { attemptCookiesOf, startAttack } from "../harness/security/attack.ts";
import { GRANT_STORES } from "../harness/security/effects.ts";

const GRACE = "grace@workspace.example";
const LINUS = "linus@example.com";
const SAME_ORIGIN = { "Sec-Fetch-Site": "same-origin" };
const LINK = "/authorize?link=1";
const SWITCH = "/authorize?prompt=select_account";

const routes: readonly TestRoute[] = [
  ...ROUTES,
  { path: "/accounts", handle: async (auth) => (await auth.accounts()).map(({ user }) => user.email) },
  {
    path: "/token-of",
    handle: async (auth, _session, query) => ({
      token: await (await auth.account(query.get("sub")!)).getAccessToken(),
    }),
  },
  {
    path: "/log-in",
    handle: (_auth, session, query) => {
      session["userId"] = query.get("as");
      return null;
    },
  },
];

/** An app with Ada signed in at the victim's browser, and a view of the state that attacks must leave unchanged. */
async function startLinks(startApp: StartApp, make: (typeof GRANT_STORES)[number][1], options: ScopegateOptions = {}) {
  const { options: stored, grantsOf } = make();
  const attack = await startAttack(startApp, { routes, options: { ...stored, ...options } });
  attack.google.addUser({ sub: "3".repeat(21), email: LINUS, emailVerified: true, name: "Linus" });
  await attack.signIn();
  const subOf = (email: string) => attack.google.users.find((user) => user.email === email)!.sub;
  return {
    ...attack,
    subOf,
    /** The requests to Google, and every stored grant. */
    held: async () => ({ tokenRequests: attack.effects().tokenRequests, grants: await grantsOf(attack) }),
  };
}

describe.each(frameworks)("linking on %s", (_name, startApp) => {
  describe.each(GRANT_STORES)("with grants in %s", (_store, make) => {
    it("S02 does not link an attacker's account to a victim who opens the attacker's callback", async () => {
      await using attack = await startLinks(startApp, make);
      const { victim, held } = attack;
      const attacker = attack.newBrowser();
      await attack.signIn(attacker, SWITCH, { user: GRACE });
      const { callback } = await attack.begin(attacker, LINK, { user: LINUS });
      const before = await held();
      expect((await victim.open(callback.href)).status).toBe(400);

      // Nor with the attempt's cookie, planted from a neighboring host, since it names the attacker's sign-in.
      const [name] = attemptCookiesOf(attacker);
      victim.cookies.set(name!, attacker.cookies.get(name!)!);
      const planted = await victim.open(callback.href);
      expect([planted.status, planted.location]).toEqual([403, ""]);
      expect(await held()).toEqual(before);
      expect((await victim.call("/accounts")).text).toBe(JSON.stringify([ADA]));
      expect((await victim.call("/me")).json["email"]).toBe(ADA);
    });

    it("S02 does not link an account in a browser that is signed out, even with the attacker's cookie", async () => {
      await using attack = await startLinks(startApp, make);
      const { victim, held } = attack;
      const { callback } = await attack.begin(victim, LINK, { user: GRACE });
      const stranger = attack.newBrowser();
      const [name] = attemptCookiesOf(victim);
      stranger.cookies.set(name!, victim.cookies.get(name!)!);
      const before = await held();
      expect((await stranger.open(callback.href)).status).toBe(403);
      expect(await held()).toEqual(before);
      expect((await stranger.call("/")).json["signedIn"]).toBe(false);
    });

    it.each([
      ["has ended", undefined],
      ["was replaced by another user", GRACE],
      ["was repeated by the same user", ADA],
    ])("S16 does not link an account if the sign-in %s", async (_what, next) => {
      await using attack = await startLinks(startApp, make);
      const { victim, held } = attack;
      const { callback } = await attack.begin(victim, LINK, { user: LINUS });
      await victim.post("/signout", {}, SAME_ORIGIN);
      if (next !== undefined) await attack.signIn(victim, SWITCH, { user: next });
      const before = await held();
      const late = await victim.open(callback.href);
      expect([late.status, late.location]).toEqual([403, ""]);
      expect(late.text).not.toContain("link=1");
      expect(await held()).toEqual(before);
      expect((await victim.call("/accounts")).text).not.toContain(LINUS);
      expect((await victim.call("/")).json["user"]).toEqual(
        next === undefined ? null : expect.objectContaining({ email: next }),
      );
    });

    it("S16 does not link an account if the sign-in ends while the option `admit` decides", async () => {
      const asked = Promise.withResolvers<void>();
      const decided = Promise.withResolvers<boolean>();
      const admit: ScopegateOptions["admit"] = ({ linked }) => {
        if (!linked) return true;
        asked.resolve();
        return decided.promise;
      };
      await using attack = await startLinks(startApp, make, { admit });
      const { victim, held, subOf } = attack;
      const { callback } = await attack.begin(victim, LINK, { user: GRACE });
      const linking = victim.clone().open(callback.href);
      await asked.promise;
      await victim.post("/signout", {}, SAME_ORIGIN);
      decided.resolve(true);
      expect((await linking).status).toBe(403);
      expect(JSON.stringify(await held())).not.toContain(subOf(GRACE));
      expect((await victim.clone().call("/accounts")).text).not.toContain(GRACE);
    });

    it("S16 gives a linked grant only to its owner, and neither to a sign-in of that account nor to the next user", async () => {
      await using attack = await startLinks(startApp, make);
      const { victim, subOf } = attack;
      await attack.signIn(victim, LINK, { user: LINUS });
      const adas = (await victim.call(`/token-of?sub=${subOf(LINUS)}`)).json["token"];
      expect(adas).toMatch(/^ya29\./);

      const linus = attack.newBrowser();
      await attack.signIn(linus, SWITCH, { user: LINUS });
      expect((await linus.call("/accounts")).text).toBe(JSON.stringify([LINUS]));
      expect((await linus.call("/token")).json["token"]).not.toBe(adas);
      expect((await linus.call(`/token-of?sub=${subOf(ADA)}`)).status).toBe(401);

      await attack.signIn(victim, SWITCH, { user: GRACE });
      expect((await victim.call("/accounts")).text).toBe(JSON.stringify([GRACE]));
      expect((await victim.call(`/token-of?sub=${subOf(LINUS)}`)).status).toBe(401);
    });

    it("S31 keeps the other grants when a linked grant ends", async () => {
      await using attack = await startLinks(startApp, make);
      const { victim, google, subOf } = attack;
      await attack.signIn(victim, LINK, { user: GRACE });
      await attack.signIn(victim, LINK, { user: LINUS });
      google.revokeUser(GRACE);
      google.clock.advance(3600_000);
      const dead = await victim.call(`/token-of?sub=${subOf(GRACE)}`);
      expect([dead.status, dead.json["thrown"]]).toEqual([401, "reconnect_required"]);
      expect((await victim.call("/me")).status).toBe(200);
      for (const email of [ADA, LINUS]) {
        expect((await victim.call(`/token-of?sub=${subOf(email)}`)).json["token"]).toMatch(/^ya29\./);
      }
    });
  });

  it("S16 does not link an account after the sign-in was ended everywhere", async () => {
    const [, [, make]] = GRANT_STORES;
    await using attack = await startLinks(startApp, make);
    const { app, google, victim, held, subOf } = attack;
    const { callback } = await attack.begin(victim, LINK, { user: LINUS });
    google.clock.advance(1000);
    await app.google.signOutEverywhere(subOf(ADA));
    const before = await held();
    expect((await victim.open(callback.href)).status).toBe(403);
    expect(await held()).toEqual(before);
  });
});

describe.each(frameworks.filter(hasMiddleware))("linking by users of the app on %s", (_name, startApp) => {
  it("S16 does not complete a link of the previous user of the app", async () => {
    const userId = (req: unknown) => (req as { session: { userId?: string } }).session.userId;
    const [, [, make]] = GRANT_STORES;
    await using attack = await startLinks(startApp, make, { userId });
    const { app, victim, held } = attack;
    await victim.call("/log-in?as=42");
    await attack.signIn();
    const { callback } = await attack.begin(victim, LINK, { user: LINUS });
    await victim.call("/log-in?as=43");
    const before = await held();
    expect((await victim.open(callback.href)).status).toBe(403);
    expect(await held()).toEqual(before);
    expect(await app.google.forUser(43).accounts()).toEqual([]);
  });
});
