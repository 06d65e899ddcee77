import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { attemptCookiesOf, startAttack } from "../harness/security/attack.ts";
import type { Pending } from "../harness/security/attack.ts";

/** The highest number of pending attempts in a browser. */
const CAP = 5;
/** The longest head of a request that Node.js accepts, in bytes. */
const HEAD = 16_384;

describe.each(frameworks)("pending attempts on %s", (_name, startApp, session) => {
  // A test cannot count sessions that live in the browser.
  const oneSession = session.storage === "server" ? 1 : 0;

  it.each([
    ["first tab first", [0, 1]],
    ["second tab first", [1, 0]],
  ])("S17 two tabs that start together both complete: %s", async (_order, order) => {
    await using attack = await startAttack(startApp);
    const { victim } = attack;
    await attack.signIn();
    const tabs = [await attack.begin(victim, "/drive?tab=0"), await attack.begin(victim, "/drive?tab=1")];
    for (const tab of order) {
      expect((await victim.open(tabs[tab]!.callback.href)).location).toBe(`/drive?tab=${tab}`);
      expect((await victim.call("/drive")).status).toBe(200);
    }
    expect(attack.effects().tokenRequests).toBe(3);
    expect(attemptCookiesOf(victim)).toEqual([]);
    expect(Object.keys(attack.effects().sessions)).toHaveLength(oneSession);
  });

  it("S17 more attempts than the limit remove the oldest ones, and the newest ones complete", async () => {
    await using attack = await startAttack(startApp);
    const { victim, google } = attack;
    await attack.signIn();
    const pending: Pending[] = [];
    for (let tab = 0; tab < CAP + 3; tab++) {
      pending.push(await attack.begin(victim, `/drive?tab=${tab}`));
      google.clock.advance(1000);
      expect(attemptCookiesOf(victim).length).toBeLessThanOrEqual(CAP);
    }
    for (const [tab, { callback }] of pending.entries()) {
      const answer = await victim.open(callback.href);
      const dropped = tab < 3;
      expect([answer.status, answer.location]).toEqual(dropped ? [400, ""] : [302, `/drive?tab=${tab}`]);
    }
    expect(attack.effects().tokenRequests).toBe(1 + CAP);
    // A pending attempt leaves nothing on the server.
    await attack.newBrowser().open("/drive");
    expect(Object.keys(attack.effects().sessions)).toHaveLength(oneSession);
  });

  it("S17 attempts with the longest return addresses leave room for the app's cookies in a request", async () => {
    await using attack = await startAttack(startApp);
    const { victim } = attack;
    // A hostile page could open these in pop-ups, where the cookies are first-party.
    for (let tab = 0; tab < CAP + 3; tab++) {
      const answer = await victim.open(`/authorize?return_to=/${tab}${"x".repeat(990)}`);
      expect(answer.status, `attempt ${tab}`).toBe(302);
      const cookies = [...victim.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      expect(cookies.length).toBeLessThan(HEAD / 2);
    }
    expect((await victim.open("/")).status).toBe(200);
    await attack.signIn(victim, "/drive");
    expect((await victim.call("/drive")).status).toBe(200);
  });

  it("S17 cookies that only look like attempts are removed for real ones", async () => {
    await using attack = await startAttack(startApp);
    const { victim } = attack;
    await victim.open("/authorize");
    const [name] = attemptCookiesOf(victim);
    for (let count = 0; count < 2 * CAP; count++) {
      victim.cookies.set(name!.slice(0, -16) + String(count).padStart(16, "0"), "v1.junk.junk");
    }
    await attack.signIn(victim, "/drive");
    expect(attemptCookiesOf(victim).length).toBeLessThanOrEqual(CAP);
  });

  it("S18 the back button to a used callback shows a page with a link, and changes nothing", async () => {
    await using attack = await startAttack(startApp);
    const { app, victim } = attack;
    const { callback } = await attack.begin(victim, "/drive");
    await victim.open(callback.href);
    const before = attack.effects();
    for (const browser of [victim, attack.newBrowser()]) {
      const page = await browser.open(callback.href);
      expect([page.status, page.location]).toEqual([400, ""]);
      expect(page.text).toContain("<h1");
      const ways = [...page.text.matchAll(/href="([^"]+)"/g)].map(([, href]) => href!.replaceAll("&amp;", "&"));
      expect(ways).toContain("/");
      // The page offers a new attempt only to a visitor who is signed out.
      expect(ways.includes(`${app.origin}/authorize`)).toBe(browser !== victim);
      for (const way of ways) expect([200, 302]).toContain((await browser.open(way)).status);
    }
    expect(attack.effects()).toEqual(before);
    expect((await victim.call("/drive")).status).toBe(200);
    expect((await victim.call(callback.href)).json).toEqual({ error: "attempt_spent" });
  });

  it("S18 the back button after a denial shows the same page, and does not redirect to Google", async () => {
    await using attack = await startAttack(startApp);
    const { callback } = await attack.begin(attack.victim, "/drive", { deny: true });
    expect((await attack.victim.open(callback.href)).status).toBe(403);
    const page = await attack.victim.open(callback.href);
    expect([page.status, page.location]).toEqual([400, ""]);
    expect(attack.effects()).toEqual({ tokenRequests: 0, sessions: {} });
  });
});
