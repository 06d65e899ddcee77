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

/** An app with Ada signed in at the victim's browser, and what her links must leave as it was. */
async function startLinks(startApp: StartApp, make: (typeof GRANT_STORES)[number][1], options: ScopegateOptions = {}) {
  const { options: stored, grantsOf } = make();
  const attack = await startAttack(startApp, { routes, options: { ...stored, ...options } });
  attack.google.addUser({ sub: "3".repeat(21), email: LINUS, emailVerified: true, name: "Linus" });
  await attack.signIn();
  const subOf = (email: string) => attack.google.users.find((user) => user.email === email)!.sub;
  return {
    ...attack,
    subOf,
    /** What Google was asked for, and every grant that is stored. */
    held: async () => ({ tokenRequests: attack.effects().tokenRequests, grants: await grantsOf(attack) }),
  };
}

describe.each(frameworks)("linking on %s", (_name, startApp) => {
  describe.each(GRANT_STORES)("with grants in %s", (_store, make) => {
    it("S02 links nothing of an attacker's to the victim, whose browser opens the attacker's answer", async () => {
      await using attack = await startLinks(startApp, make);
      const { victim, held } = attack;
      const attacker = attack.newBrowser();
      await attack.signIn(attacker, SWITCH, { user: GRACE });
      const { callback } = await attack.begin(attacker, LINK, { user: LINUS });
      const before = await held();
      expect((await victim.open(callback.href)).status).toBe(400);

      // Even with the cookie of the attempt, planted from a neighbouring host: it names the attacker's sign-in.
      const [name] = attemptCookiesOf(attacker);
      victim.cookies.set(name!, attacker.cookies.get(name!)!);
      const planted = await victim.open(callback.href);
      expect([planted.status, planted.location]).toEqual([403, ""]);
      expect(await held()).toEqual(before);
      expect((await victim.call("/accounts")).text).toBe(JSON.stringify([ADA]));
      expect((await victim.call("/me")).json["email"]).toBe(ADA);
    });

    it("S02 links nothing to nobody, where the attacker's cookie and answer meet a browser without a sign-in", async () => {
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
      ["has given way to another's", GRACE],
      ["was made anew by the same user", ADA],
    ])("S16 a link whose sign-in %s links nothing", async (_what, next) => {
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

    it("S16 a link whose sign-in ends while the app makes up its mind links nothing", async () => {
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

    it("S16 a linked grant is reached by its owner alone: not by the account's own sign-in, nor by who comes after", async () => {
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

    it("S31 the end of a linked grant ends no other", async () => {
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

  it("S16 a sign-in that was ended everywhere links nothing any more", async () => {
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
  it("S16 a link of the app's user ends with that user: the next one links nothing of theirs", async () => {
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
