import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { attemptCookiesOf, startAttack } from "../harness/security/attack.ts";
import type { RawBrowser } from "../harness/security/browser.ts";

/** The highest number of pending attempts in a browser. */
const CAP = 5;
/** One response deletes ten cookies at most, and sets one. */
const MOST_LINES = 11;

/** Puts cookies with the names of attempts into a browser that has one. */
function forge(browser: RawBrowser, count: number, value?: string): void {
  const [name = ""] = attemptCookiesOf(browser);
  for (let index = 0; index < count; index++) {
    browser.cookies.set(name.slice(0, -16) + String(index).padStart(16, "0"), value ?? browser.cookies.get(name)!);
  }
}

describe.each(frameworks)("forged attempt cookies on %s", (_name, startApp) => {
  it.each([
    ["200 short ones", 200, "v1.a.b"],
    ["25 copies of a real one under other names", 25, undefined],
  ])("S71 %s make no response long, and a sign-in succeeds among them", async (_kind, count, value) => {
    await using attack = await startAttack(startApp);
    const { victim, google } = attack;
    await victim.open("/authorize");
    forge(victim, count, value);
    for (const page of ["/authorize", "/me", "/drive"]) {
      const answer = await victim.clone().open(page);
      expect([answer.status, answer.location.startsWith(google.url)], page).toEqual([302, true]);
      expect(answer.headers["set-cookie"]!.length, page).toBeLessThanOrEqual(MOST_LINES);
    }
    await attack.signIn(victim, "/drive");
    expect((await victim.call("/drive")).status).toBe(200);
    // Each response deletes ten, so that the browser is rid of them after some visits.
    for (let visit = 0; visit < count / 5; visit++) await victim.open("/authorize");
    expect(attemptCookiesOf(victim).length).toBeLessThanOrEqual(CAP);
  });
});
