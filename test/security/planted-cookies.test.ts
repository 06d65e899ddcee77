import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { attemptCookiesOf } from "../harness/security/attack.ts";
import type { RawResponse } from "../harness/security/browser.ts";
import { startHttpsApp } from "../harness/security/https-app.ts";

const roundsLines = ({ headers }: RawResponse) =>
  (headers["set-cookie"] ?? []).filter((line) => /^[^=]*_rounds=/.test(line));

describe.each(frameworks)("cookies that a sibling host plants on %s", (_name, startApp) => {
  it("S70 a planted count of sign-ins stops no visitor of an https app", async () => {
    await using app = await startHttpsApp(startApp);
    const { victim, google } = app;
    await app.visit(victim, "/authorize");
    const tag = /scopegate_([\w-]{8})_/.exec(attemptCookiesOf(victim)[0]!)![1]!;
    // A sibling host can set this cookie for the whole domain, and not one with the prefix `__Host-`.
    victim.cookies.set(`scopegate_${tag}_rounds`, "9");
    for (const page of ["/me", "/drive"]) {
      const answer = await app.visit(victim, page);
      expect([answer.status, answer.location.startsWith(google.url)], page).toEqual([302, true]);
    }
  });

  it("S70 the count that the app sets is protected, and still stops a loop", async () => {
    await using app = await startHttpsApp(startApp);
    const { victim, google } = app;
    let answer = await app.visit(victim, "/me");
    for (let round = 1; round <= 3; round++) {
      expect(answer.location.startsWith(google.url), `round ${round}`).toBe(true);
      const signedIn = await app.visit(victim, await google.approve(answer.location));
      expect(roundsLines(signedIn)).toEqual([
        expect.stringMatching(
          new RegExp(
            `^__Host-scopegate_[\\w-]{8}_rounds=${round}; Path=/; HttpOnly; SameSite=Lax; Max-Age=\\d+; Secure$`,
          ),
        ),
      ]);
      // The browser loses its session.
      for (const name of victim.cookies.keys()) if (!name.endsWith("_rounds")) victim.cookies.delete(name);
      answer = await app.visit(victim, "/me");
    }
    expect([answer.status, answer.location]).toEqual([500, ""]);
    expect(answer.text).toContain("session_lost");
  });
});
