import { memoryTokenStore } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA } from "../harness/app/scenario.ts";
import { startAttack } from "../harness/security/attack.ts";
import type { Attack } from "../harness/security/attack.ts";
import type { RawBrowser } from "../harness/security/browser.ts";

const PATHS = ["/revoke", "/signout"] as const;

const formToken = async (browser: RawBrowser, path: string) =>
  /name="token" value="([^"]+)"/.exec((await browser.open(path)).text)![1]!;

/** Expects that the victim is still signed in, that Google still has the grant, and that no session has changed. */
async function expectStillSignedIn(attack: Attack, before: string, what: string): Promise<void> {
  expect(JSON.stringify(attack.app.sessions()), what).toBe(before);
  expect(attack.google.requests.of("revocation"), what).toEqual([]);
  expect(attack.google.grants(ADA), what).toHaveLength(1);
  expect((await attack.victim.call("/drive")).status, what).toBe(200);
}

describe.each(frameworks)("revoking and signing out across sites on %s", (_name, startApp) => {
  it("S23 GET and HEAD change nothing, with any token or header", async () => {
    await using attack = await startAttack(startApp);
    const { victim } = attack;
    await attack.signIn(victim, "/drive");
    const before = JSON.stringify(attack.app.sessions());
    for (const path of PATHS) {
      const token = await formToken(victim, path);
      for (const query of ["", `?token=${token}`, `?token=${token}&confirm=1&_method=POST`, "?return_to=/drive"]) {
        for (const method of ["GET", "HEAD"]) {
          for (const headers of [
            { Accept: "text/html" },
            { Accept: "application/json", "Sec-Fetch-Site": "same-origin" },
            { "X-HTTP-Method-Override": "POST", "X-Method-Override": "POST", Origin: attack.app.origin },
          ] as Record<string, string>[]) {
            const { status } = await victim.send(method, path + query, headers);
            expect(status).toBe(200);
          }
        }
      }
      for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
        const headers = { "Sec-Fetch-Site": "same-origin", Origin: attack.app.origin };
        expect((await victim.send(method, path, headers)).status).toBe(405);
      }
      await expectStillSignedIn(attack, before, path);
    }
  });

  it("S23 a POST from another site is refused, with a stolen, foreign or missing token", async () => {
    await using attack = await startAttack(startApp);
    const { app, victim } = attack;
    await attack.signIn(victim, "/drive");
    const stranger = attack.newBrowser();
    await attack.signIn(stranger, "/drive", { user: "grace@workspace.example" });
    const before = JSON.stringify(app.sessions());
    for (const path of PATHS) {
      const own = await formToken(victim, path);
      const ofOtherForm = await formToken(
        victim,
        PATHS.find((other) => other !== path)!,
      );
      const ofStranger = await formToken(stranger, path);
      const attacks: [Record<string, string>, string | undefined][] = [
        // If the browser names another site, even the right token is refused.
        ...[own, ofStranger, undefined].flatMap((token): [Record<string, string>, string | undefined][] => [
          [{ "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" }, token],
          [{ "Sec-Fetch-Site": "cross-site", Origin: app.origin }, token],
          [{ "Sec-Fetch-Site": "same-site", Origin: "http://evil.localhost" }, token],
          [{ Origin: "https://evil.example" }, token],
          [{ Origin: `${app.origin}.evil.example` }, token],
          [{ Origin: app.origin.replace("http:", "https:") }, token],
          [{ Origin: app.origin.replace(/:\d+$/, "") }, token],
          [{ Origin: "https://evil.example", Referer: `${app.origin}/revoke`, Host: "evil.example" }, token],
        ]),
        // If the browser names no site, the token decides.
        ...[ofStranger, ofOtherForm, own.slice(0, -1), `${own}A`, "", undefined].flatMap(
          (token): [Record<string, string>, string | undefined][] => [
            [{}, token],
            [{ Origin: "null" }, token],
            [{ "Sec-Fetch-Site": "none" }, token],
            [{ Referer: `${app.origin}${path}` }, token],
          ],
        ),
      ];
      for (const [headers, token] of attacks) {
        const answer = await victim.post(path, token === undefined ? {} : { token }, headers);
        const what = `${path} ${JSON.stringify(headers)} ${token === own ? "own" : (token ?? "no")} token`;
        expect([answer.status, answer.location], what).toEqual([403, ""]);
      }
      await expectStillSignedIn(attack, before, path);
    }
  });

  it("S23 a token in the address, in JSON, in a header or in a multipart body does not count", async () => {
    await using attack = await startAttack(startApp);
    const { app, victim } = attack;
    await attack.signIn(victim, "/drive");
    const before = JSON.stringify(app.sessions());
    const token = await formToken(victim, "/revoke");
    const post = (type: string, body: string, target = "/revoke") =>
      victim.send("POST", target, { "Content-Type": type, "X-CSRF-Token": token, Accept: "text/html" }, body);
    const part = `--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n${token}\r\n--x--\r\n`;
    for (const answer of [
      await post("application/x-www-form-urlencoded", "", `/revoke?token=${token}`),
      await post("application/json", JSON.stringify({ token })),
      await post("multipart/form-data; boundary=x", part),
      await post("application/x-www-form-urlencoded", `${"x".repeat(20_000)}&token=${token}`),
    ]) {
      expect([answer.status, answer.location]).toEqual([403, ""]);
    }
    await expectStillSignedIn(attack, before, "elsewhere than in the form");
  });

  it("S23 a form that was opened before a change of user does not act on the new user", async () => {
    await using attack = await startAttack(startApp, { options: { store: memoryTokenStore() } });
    const { app, victim, google } = attack;
    await attack.signIn(victim, "/drive", { user: "grace@workspace.example" });
    const old = await formToken(victim, "/revoke");
    await attack.signIn(victim, "/authorize?prompt=select_account", { user: ADA });
    const before = JSON.stringify(app.sessions());
    expect((await victim.post("/revoke", { token: old })).status).toBe(403);
    expect(JSON.stringify(app.sessions())).toBe(before);
    expect(google.requests.of("revocation")).toEqual([]);
  });

  it("S23 a POST from the app's own page works by the browser's header, or else by the form token", async () => {
    await using attack = await startAttack(startApp);
    const { app, victim, google } = attack;
    for (const [headers, usesToken] of [
      [{ "Sec-Fetch-Site": "same-origin" }, false],
      [{ Origin: app.origin }, false],
      [{}, true],
      [{ Origin: "null" }, true],
    ] as [Record<string, string>, boolean][]) {
      await attack.signIn(victim, "/authorize?prompt=consent");
      const fields = usesToken ? { token: await formToken(victim, "/revoke") } : {};
      expect((await victim.post("/revoke", fields, headers)).status).toBe(303);
      expect(google.grants(ADA)).toEqual([]);
      expect((await victim.call("/me")).status).toBe(401);
    }
    expect(google.requests.of("revocation")).toHaveLength(4);
  });
});
