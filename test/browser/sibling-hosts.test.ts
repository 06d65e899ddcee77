import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { expect, it } from "vitest";
import { selfSignedCertificate } from "../../packages/emulator/src/signing/certificate.ts";
import { frameworks } from "../harness/app/frameworks.ts";
import { CLIENT } from "../harness/app/scenario.ts";
import type { StartApp } from "../harness/app/test-app.ts";
import { describeInChromium, newContext } from "../harness/chromium.ts";
import { attemptCookiesOf, startAttack } from "../harness/security/attack.ts";

/** Chromium resolves names below `localhost` to this machine, and two of them can be siblings of one domain. */
const DOMAIN = "site.localhost";

/** A server with TLS for the whole domain: it passes requests for the app on, and a sibling host plants cookies. */
async function startDomain() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  const seen: string[] = [];
  let app = "";
  let planted: { readonly cookies: string[]; readonly next: string } = { cookies: [], next: "" };
  const server = createServer({ key, cert: selfSignedCertificate(privateKey, Date.now()) }, (incoming, response) => {
    if (incoming.headers.host?.startsWith("evil.")) {
      response.writeHead(302, { "Set-Cookie": planted.cookies, Location: planted.next }).end();
      return;
    }
    seen.push(incoming.headers.cookie ?? "");
    const passed = request(new URL(incoming.url ?? "/", app), { method: incoming.method, headers: incoming.headers });
    passed.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on("error", () => response.writeHead(502).end());
    incoming.pipe(passed);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://app.${DOMAIN}:${port}`,
    evil: `https://evil.${DOMAIN}:${port}/`,
    /** The `Cookie` headers that the app received from browsers. */
    seen,
    passTo: (origin: string) => void (app = origin),
    plant: (cookies: string[], next: string) => void (planted = { cookies, next }),
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** An app on https, and on the http address of a developer's machine. */
async function startApp(start: StartApp, origin: string) {
  const listOf = (local: string) => [`${origin}/oauth2callback`, `${local}/oauth2callback`];
  const attack = await startAttack((spec) =>
    start({ ...spec, options: (local) => ({ ...spec.options(local), redirectUri: listOf(local) }) }),
  );
  attack.google.addClient({ ...CLIENT, redirectUris: listOf(attack.app.origin), name: "Tests" });
  return attack;
}

async function inNewPage(browser: Browser, visit: (page: Page) => Promise<void>): Promise<void> {
  const context = await newContext(browser, { ignoreHTTPSErrors: true });
  try {
    await visit(await context.newPage());
  } finally {
    await context.close();
  }
}

describeInChromium("cookies of a sibling host, in a browser", (browser) => {
  for (const [framework, start] of frameworks) {
    it(`S72 an attempt of a plain address, planted by a sibling host, signs no user in on ${framework}`, async () => {
      using domain = await startDomain();
      await using attack = await startApp(start, domain.origin);
      const { app, google, victim: attacker } = attack;
      domain.passTo(app.origin);
      const { callback } = await attack.begin(attacker);
      expect(callback.origin).toBe(app.origin);
      const [name = ""] = attemptCookiesOf(attacker);
      const cookie = `${name}=${attacker.cookies.get(name)!}; Domain=${DOMAIN}; Path=/; Secure`;
      domain.plant([cookie], `${domain.origin}${callback.pathname}${callback.search}`);

      await inNewPage(browser(), async (page) => {
        await page.goto(domain.evil);
        expect(await page.locator("body").innerText()).toContain("attempt_not_found");
        // The browser did send the planted cookie to the app.
        expect(domain.seen.join("; ")).toContain(`${name}=`);
        await page.goto(`${domain.origin}/`);
        expect(JSON.parse(await page.locator("body").innerText())).toMatchObject({ signedIn: false });
      });
      expect(google.requests.of("token")).toEqual([]);
    });

    it(`S70 a count of sign-ins, planted by a sibling host, stops no visitor on ${framework}`, async () => {
      using domain = await startDomain();
      await using attack = await startApp(start, domain.origin);
      domain.passTo(attack.app.origin);
      await attack.begin();
      const tag = /scopegate_([\w-]{8})_/.exec(attemptCookiesOf(attack.victim)[0]!)![1]!;
      const names = [`scopegate_${tag}_rounds`, `__Host-scopegate_${tag}_rounds`];
      domain.plant(
        names.map((name) => `${name}=9; Domain=${DOMAIN}; Path=/; Secure`),
        `${domain.origin}/me`,
      );
      await inNewPage(browser(), async (page) => {
        await page.goto(domain.evil);
        expect(page.url().startsWith(attack.google.url)).toBe(true);
        expect(domain.seen.at(-1)).toBe(`${names[0]!}=9`);
      });
    });
  }
});
