import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { attemptCookiesOf, startAttack } from "../harness/security/attack.ts";

const MINUTE = 60_000;

describe.each(frameworks)("the callback's state on %s", (_name, startApp, session) => {
  // A test cannot count sessions that live in the browser.
  const oneSession = session.storage === "server" ? 1 : 0;

  it("S01 a callback without state is refused, and the pending attempt still completes", async () => {
    await using attack = await startAttack(startApp);
    const { victim, effects } = attack;
    await attack.signIn();
    const { callback, code } = await attack.begin(victim, "/drive");
    const before = effects();
    for (const query of [`?code=${code}`, `?code=${code}&iss=${attack.google.issuer}`, "", "?"]) {
      const answer = await victim.open(`/oauth2callback${query}`);
      expect(answer.status, query).toBe(400);
      expect(answer.location).toBe("");
      expect(effects()).toEqual(before);
    }
    expect((await victim.open(callback.href)).location).toBe("/drive");
  });

  it("S02 the state of another browser is refused, with the victim's code or the attacker's", async () => {
    await using attack = await startAttack(startApp);
    const { app, victim, effects } = attack;
    const attacker = attack.newBrowser();
    await attack.signIn(victim);
    const victims = await attack.begin(victim, "/drive");
    const attackers = await attack.begin(attacker, "/authorize", { user: "grace@workspace.example" });
    const before = effects();

    // Login CSRF: the victim opens the attacker's callback. Code theft: the attacker opens the victim's callback.
    const mixed = new URL(attackers.callback);
    mixed.searchParams.set("code", victims.code);
    for (const [browser, address] of [
      [victim, attackers.callback.href],
      [victim, mixed.href],
      [attacker, victims.callback.href],
    ] as const) {
      expect((await browser.open(address)).status).toBe(400);
      expect(effects()).toEqual(before);
    }
    expect((await attacker.call("/")).json["signedIn"]).toBe(false);
    expect((await victim.call("/me")).json["email"]).toBe("ada@example.com");

    expect((await victim.open(victims.callback.href)).location).toBe("/drive");
    expect(JSON.stringify(app.sessions())).not.toContain("grace@workspace.example");
  });

  it("S02 an invented state with a matching invented cookie is refused", async () => {
    await using attack = await startAttack(startApp);
    const { victim, effects } = attack;
    const { callback, state } = await attack.begin();
    const [name] = attemptCookiesOf(victim);
    const sealed = victim.cookies.get(name!)!;
    const before = effects();
    const forged = state.replace(/^./, (first) => (first === "A" ? "B" : "A"));
    const address = callback.href.replace(state, forged);
    const id = createHash("sha256").update(forged).digest("base64url").slice(0, 16);
    const attacker = attack.newBrowser();
    attacker.cookies.set(name!.slice(0, -id.length) + id, sealed);
    expect((await attacker.open(address)).status).toBe(400);
    expect(effects()).toEqual(before);
  });

  it("S03 a state is refused the second time, also with a new code", async () => {
    await using attack = await startAttack(startApp);
    const { victim, google, effects } = attack;
    const { authorization, callback } = await attack.begin();
    const thief = victim.clone();
    expect((await victim.open(callback.href)).status).toBe(302);
    const before = effects();
    expect(before.tokenRequests).toBe(1);

    const another = await google.approve(authorization, { user: "grace@workspace.example" });
    for (const address of [callback.href, another]) {
      for (const browser of [victim, thief]) expect((await browser.open(address)).status).toBe(400);
    }
    expect(effects()).toEqual(before);
    expect((await victim.call("/me")).json["email"]).toBe("ada@example.com");
    expect((await thief.call("/me")).status).toBe(401);
  });

  it("S03 50 identical callbacks at once send one token request", async () => {
    await using attack = await startAttack(startApp);
    const { victim, effects } = attack;
    const { callback } = await attack.begin();
    const copies = Array.from({ length: 50 }, () => victim.clone());
    const answers = await Promise.all(copies.map((browser) => browser.open(callback.href)));
    expect(effects().tokenRequests).toBe(1);
    expect(answers.filter(({ status }) => status === 302)).toHaveLength(1);
    expect(Object.keys(effects().sessions)).toHaveLength(oneSession);
  });

  it("S04 a state older than ten minutes is refused, even if the browser kept its cookie", async () => {
    await using attack = await startAttack(startApp);
    const { victim, google, effects } = attack;
    const { location } = await victim.open("/authorize");
    const { location: inTime } = await victim.open("/authorize?return_to=/me");
    google.clock.advance(9.5 * MINUTE);
    // The code is new, so that only the age of the attempt causes the refusal.
    const answered = await google.approve(inTime);
    expect((await victim.open(answered)).location).toBe("/me");
    const before = effects();

    google.clock.advance(MINUTE);
    const late = await google.approve(location);
    const thief = victim.clone();
    for (const browser of [victim, thief, victim]) {
      const answer = await browser.open(late);
      expect(answer.status).toBe(400);
    }
    expect(effects()).toEqual(before);
  });
});
