import { describe, expect, it, vi } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { attemptCookiesOf } from "../harness/security/attack.ts";
import { HTTPS_URI, startHttpsApp } from "../harness/security/https-app.ts";

const SECOND = "https://app.example.org/oauth2callback";
/** Weak addresses beside the app's own one, by the name of the mistake: a developer's machine, in either order. */
const LISTS = [
  ["after the public one", (origin: string) => [HTTPS_URI, `${origin}/oauth2callback`]],
  ["before the public one", (origin: string) => [`${origin}/oauth2callback`, HTTPS_URI]],
] as const;

describe.each(frameworks)("attempts of an app on several addresses, on %s", (_name, startApp) => {
  it.each(LISTS)(
    "S72 an attempt that began on a loopback address %s does not complete on https",
    async (_order, redirectUris) => {
      await using app = await startHttpsApp(startApp, redirectUris);
      const { victim, google } = app;
      const loopback = new URL(app.app.origin).host;
      // The attacker sends any `Host`, and so gets a cookie without the prefix `__Host-`.
      const attacker = app.newBrowser();
      for (const host of [loopback, loopback.toUpperCase()]) {
        const { location } = await app.visit(attacker, "/authorize", host);
        expect(new URL(location).searchParams.get("redirect_uri")).toBe(`${app.app.origin}/oauth2callback`);
        const callback = await google.approve(location);
        const planted = victim.clone();
        for (const name of attemptCookiesOf(attacker)) {
          expect(name).not.toContain("__Host-");
          planted.cookies.set(name, attacker.cookies.get(name)!);
        }
        const answer = await app.visit(planted, callback);
        expect([answer.status, answer.text.includes("attempt_not_found")]).toEqual([400, true]);
        expect((await app.visit(planted, "/")).json["signedIn"]).toBe(false);
      }
      expect(app.effects().tokenRequests).toBe(0);
    },
  );

  it.each(LISTS)("S72 each address still signs in, with a loopback address %s", async (_order, redirectUris) => {
    await using app = await startHttpsApp(startApp, redirectUris);
    for (const host of ["app.example.com", "APP.example.com:443", new URL(app.app.origin).host]) {
      const browser = app.newBrowser();
      const { location } = await app.visit(browser, "/me", host);
      const { status } = await app.visit(browser, await app.google.approve(location), host);
      expect([host, status]).toEqual([host, 302]);
      const protectedNames = [...browser.cookies.keys()].filter((name) => name.startsWith("__Host-scopegate_"));
      expect(protectedNames.length > 0, host).toBe(host.toLowerCase().startsWith("app."));
      expect((await app.visit(browser, "/me", host)).status).toBe(200);
    }
  });

  it("S72 an attempt for one of two https hosts does not complete on the other", async () => {
    await using app = await startHttpsApp(startApp, () => [HTTPS_URI, SECOND]);
    const { victim, google } = app;
    const { location } = await app.visit(victim, "/authorize", "app.example.org");
    expect(new URL(location).searchParams.get("redirect_uri")).toBe(SECOND);
    const callback = await google.approve(location);
    expect((await app.visit(victim.clone(), callback, "app.example.com")).status).toBe(400);
    expect((await app.visit(victim.clone(), callback, "unknown.example")).status).toBe(400);
    expect(app.effects().tokenRequests).toBe(0);
    expect((await app.visit(victim, callback, "app.example.org")).status).toBe(302);
  });

  it("S72 a page on plain http signs no user of an https address out", async () => {
    await using app = await startHttpsApp(startApp, LISTS[0][1]);
    const { victim, google } = app;
    const { location } = await app.visit(victim, "/authorize");
    await app.visit(victim, await google.approve(location));
    // Old browsers send no `Sec-Fetch-Site`.
    const post = async (origin: string) => victim.post("/signout", {}, { Host: "app.example.com", Origin: origin });
    expect((await post(app.app.origin)).status).toBe(403);
    expect((await app.visit(victim, "/")).json["signedIn"]).toBe(true);
    expect((await post("https://app.example.com")).status).toBe(303);
    expect((await app.visit(victim, "/")).json["signedIn"]).toBe(false);
  });

  it("S72 in production, a list that mixes https and loopback addresses is refused", async () => {
    vi.stubEnv("NODE_ENV", "production");
    try {
      for (const [, redirectUris] of LISTS) {
        await expect(startHttpsApp(startApp, redirectUris)).rejects.toThrow(/^redirectUri mixes https:.*NODE_ENV/);
      }
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
