import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { startScenario } from "../harness/app/scenario.ts";
import { describeInChromium, newContext } from "../harness/chromium.ts";

/** Return addresses that Chromium resolves to another site. `EVIL` stands for its host and port. */
const ADDRESSES = [
  "//EVIL/stolen",
  "/\\EVIL/stolen",
  "\\\\EVIL/stolen",
  "/\t/EVIL/stolen",
  "https:EVIL/stolen",
] as const;

/** A site that redirects to any address it is given, as an app without checks would. */
async function startNaiveSite(): Promise<{ server: Server; host: string }> {
  const server = createServer((request, response) => {
    const to = new URL(request.url ?? "/", "http://localhost").searchParams.get("to");
    if (to === null) response.end("the end");
    else response.writeHead(302, { Location: to }).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** The last address that the browser requested. `page.url()` would not name an address where no server responds. */
async function endOf(page: Page, begin: () => Promise<unknown>): Promise<URL> {
  let last = "about:blank";
  page.on("request", (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) last = request.url();
  });
  // The other site has no TLS. The test needs to know only that the browser requested it.
  await begin().catch(() => undefined);
  return new URL(last);
}

async function inNewPage<T>(browser: Browser, visit: (page: Page) => Promise<T>): Promise<T> {
  const context = await newContext(browser);
  try {
    return await visit(await context.newPage());
  } finally {
    await context.close();
  }
}

describeInChromium("open redirects in a browser", (browser) => {
  let evil: Awaited<ReturnType<typeof startNaiveSite>>;
  let naive: Awaited<ReturnType<typeof startNaiveSite>>;
  beforeAll(async () => {
    [evil, naive] = [await startNaiveSite(), await startNaiveSite()];
  });
  afterAll(() => {
    for (const { server } of [evil, naive]) {
      server.closeAllConnections();
      server.close();
    }
  });

  it.each(ADDRESSES)("S11 %j leads Chromium to another site from an app without checks", async (template) => {
    const address = template.replace("EVIL", evil.host);
    const end = await inNewPage(browser(), (page) =>
      endOf(page, () => page.goto(`http://${naive.host}/?to=${encodeURIComponent(address)}`)),
    );
    expect([end.host, end.pathname]).toEqual([evil.host, "/stolen"]);
  });

  for (const [framework, startApp] of frameworks) {
    it.each(ADDRESSES)(`S11 %j leads to the start page of the app on ${framework}`, async (template) => {
      await using scenario = await startScenario(startApp);
      const { app } = scenario;
      const address = template.replace("EVIL", evil.host);
      const [end, text] = await inNewPage(browser(), async (page) => {
        await page.goto(`${app.origin}/authorize?return_to=${encodeURIComponent(address)}`);
        await page.getByRole("button", { name: /ada@example/ }).click();
        const place = await endOf(page, async () => {
          await page.getByRole("button", { name: /Continue|Allow/ }).click();
          await page.waitForURL((url) => !url.href.startsWith(scenario.google.url));
        });
        return [place, await page.locator("body").innerText()] as const;
      });
      expect(end.href).toBe(`${app.origin}/`);
      expect(JSON.parse(text)).toMatchObject({ signedIn: true });
    });
  }
});
