import { AuthError, googleOAuth } from "@scopegate/express";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { CLIENT, DRIVE } from "../harness/app/scenario.ts";
import { startAttack } from "../harness/security/attack.ts";
import type { Attack } from "../harness/security/attack.ts";
import { expressVersions, startExpress } from "../harness/security/express.ts";

/** Return addresses, decoded, that lead a browser to another site, or that no honest page has. */
const FOREIGN = [
  "//evil.example",
  "///evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "\\/evil.example",
  "/\t/evil.example",
  "\t//evil.example",
  "/\n/evil.example",
  " //evil.example",
  "https:evil.example",
  "https:/evil.example",
  "https://evil.example",
  "HTTPS://evil.example/",
  "http://evil.example",
  "http:evil.example",
  "javascript:alert(1)",
  "java\tscript:alert(1)",
  "data:text/html,x",
  "blob:x",
  "evil.example",
  "@evil.example",
  "/@evil.example",
  "/\r\nSet-Cookie: planted=1",
  "/\r\nLocation: https://evil.example",
  "/%0d%0aSet-Cookie:%20planted=1",
  "/%5cevil.example",
  "/%09/evil.example",
  "/%2f/evil.example",
  "/%2F%2Fevil.example",
  "/.//evil.example",
  "/..//evil.example",
  "/x/..//evil.example",
  "/%2e//evil.example",
  "/%",
  "/%zz",
  "/%c0%af%c0%afevil.example",
  "/\u0000",
  "/x?next=%",
  "\u2028//evil.example",
  "\ufeff//evil.example",
] as const;

/** The address at which a browser at the callback would arrive. */
const landing = (attack: Attack, location: string) => new URL(location, `${attack.app.origin}/oauth2callback`).href;

/** Addresses of other sites that look like the app's. */
function lookAlikes(origin: string): readonly string[] {
  const { host, port } = new URL(origin);
  return [
    `${origin}.evil.example/`,
    `${origin}@evil.example/`,
    `${origin}:80@evil.example/`,
    `http://evil.example/${host}`,
    `http://evil.example#${origin}`,
    `http://evil.example\\@${host}/`,
    `https://${host}/`,
    `http://localhost.:${port}/`,
    `http://user@${host}/`,
    `http:/\\${host}`,
    `${origin}\\@evil.example`,
    `${origin}//evil.example`,
    `${origin}/\\evil.example`,
  ];
}

describe.each(frameworks)("return addresses on %s", (_name, startApp) => {
  it("S11 an address that may leave the app is replaced by the start page, after a real sign-in", async () => {
    await using attack = await startAttack(startApp);
    const { victim, app, google } = attack;
    const atGoogle = google.createBrowser();
    for (const address of [...FOREIGN, ...lookAlikes(app.origin)]) {
      const { location } = await victim.open(`/authorize?return_to=${encodeURIComponent(address)}`);
      const answer = await victim.open(await atGoogle.approve(location));
      expect(answer.status, address).toBe(302);
      expect(landing(attack, answer.location), address).toBe(`${app.origin}/`);
      expect(victim.cookies.has("planted"), address).toBe(false);
    }
  });

  it("S11 sign-out and revocation replace such an address too", async () => {
    await using attack = await startAttack(startApp);
    const { victim, app } = attack;
    for (const address of [...FOREIGN, ...lookAlikes(app.origin)]) {
      const query = `return_to=${encodeURIComponent(address)}`;
      for (const path of ["/signout", "/revoke"]) {
        const away = await victim.open(`${path}?${query}`);
        expect(landing(attack, away.location), `signed out at ${path}: ${address}`).toBe(`${app.origin}/`);
        const post = await victim.post(`${path}?${query}`, {}, { "Sec-Fetch-Site": "same-origin" });
        expect(landing(attack, post.location), `${path}: ${address}`).toBe(`${app.origin}/`);
      }
    }
  });

  it("S11 no page of Scopegate links or posts to another site", async () => {
    await using attack = await startAttack(startApp, { options: { incrementalScopes: [DRIVE] } });
    const { victim, app, google } = attack;
    await attack.signIn();
    const atGoogle = google.createBrowser();
    for (const address of ["//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)"]) {
      const query = `return_to=${encodeURIComponent(address)}`;
      const { location } = await victim.open(`/authorize?scope=${DRIVE}&${query}`);
      const denied = await victim.open(await atGoogle.approve(location, { deny: true }));
      const pages = [denied, await victim.open(`/signout?${query}`), await victim.open(`/revoke?${query}`)];
      for (const { text } of pages) {
        const addresses = [...text.matchAll(/(?:href|action)="([^"]*)"/g)].map(([, href]) => href!);
        expect(addresses.length).toBeGreaterThan(0);
        for (const href of addresses) {
          const url = new URL(href.replaceAll("&amp;", "&"), app.origin);
          expect(url.origin, href).toBe(app.origin);
          expect(url.searchParams.get("return_to") ?? "/", href).toBe("/");
        }
      }
    }
  });

  it("S11 a Referer or the address of a guarded page cannot leave the app either", async () => {
    await using attack = await startAttack(startApp);
    const { victim, app, google } = attack;
    const atGoogle = google.createBrowser();
    for (const Referer of ["https://evil.example/x", "//evil.example", `${app.origin}//evil.example`, "javascript:x"]) {
      const { location } = await victim.open("/authorize", { Referer });
      const answer = await victim.open(await atGoogle.approve(location));
      expect(landing(attack, answer.location), Referer).toBe(`${app.origin}/`);
    }
    const stranger = attack.newBrowser();
    for (const target of ["http://evil.example/drive", "//evil.example/..//drive", "/drive?x=//evil.example"]) {
      const { status, location } = await stranger.open(target);
      if (status !== 302) continue;
      const answer = await stranger.open(await atGoogle.approve(location));
      expect(new URL(landing(attack, answer.location)).origin, target).toBe(app.origin);
    }
  });

  it("S11 an honest address keeps its path, query and fragment, relative or absolute", async () => {
    await using attack = await startAttack(startApp);
    const { victim, app, google } = attack;
    const atGoogle = google.createBrowser();
    for (const address of ["/drive", "/drive?a=%2F%2Fb&c=d#e", `${app.origin}/drive?x=1`, "/caf%C3%A9"]) {
      const { location } = await victim.open(`/authorize?return_to=${encodeURIComponent(address)}`);
      const answer = await victim.open(await atGoogle.approve(location));
      expect(landing(attack, answer.location)).toBe(new URL(address, app.origin).href);
    }
  });
});

describe.each(expressVersions)("the page for a failed handler on %s", (_name, express) => {
  it("S11 offers a retry only at an address of the app, for any requested address", async () => {
    await using attack = await startExpress(express, (app, { origin, google }) => {
      const redirectUri = `${origin}/oauth2callback`;
      google.addClient({ ...CLIENT, redirectUris: [redirectUri] });
      const scopegate = googleOAuth({ client: CLIENT, redirectUri, endpoints: google.endpoints });
      app.use(scopegate);
      app.get(/.*/, () => {
        throw new AuthError("temporarily_unavailable");
      });
      app.use(scopegate.errorHandler);
    });
    for (const [target, retry] of [
      ["/x?y=1", "/x?y=1"],
      ["//evil.example/x", "/"],
      ["/\\evil.example", "/"],
      ["http://evil.example/x", "/"],
      ["/%2f/evil.example", "/"],
    ] as const) {
      const page = await attack.newBrowser().open(target);
      expect(page.status, target).toBe(503);
      expect(
        [...page.text.matchAll(/href="([^"]*)"/g)].map(([, href]) => href),
        target,
      ).toEqual([retry, "/"]);
    }
  });
});
