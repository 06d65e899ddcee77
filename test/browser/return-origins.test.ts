import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ScopegateOptions } from "@scopegate/express";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInChromium, newContext } from "../harness/chromium.ts";
import { startPlainApp } from "./plain-app.ts";

type PagesOption = NonNullable<ScopegateOptions["pages"]>;

/** An app's own page with the form of the confirmation. Its values need no escaping in this test. */
const render: NonNullable<PagesOption["render"]> = ({ actions }) => {
  const { href, post = {}, label } = actions[0]!;
  const fields = Object.entries(post).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`);
  return `<h1>Own page</h1><form method="post" action="${href}">${fields.join("")}<button>${label}</button></form>`;
};

describeInChromium("the redirect after a confirmation, in a browser", (browser) => {
  let spa: Server;
  let spaOrigin: string;
  beforeAll(async () => {
    spa = createServer((_request, response) => void response.end("bye"));
    spa.listen(0, "127.0.0.1");
    await once(spa, "listening");
    spaOrigin = `http://127.0.0.1:${(spa.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    spa.closeAllConnections();
    spa.close();
  });

  for (const [pageName, pages] of [
    ["built-in page", {}],
    ["app's own page", { render }],
  ] as const) {
    it.each([
      ["/signout", "Sign out", "a return origin"],
      ["/signout", "Sign out", "Google"],
      ["/revoke", "Disconnect", "a return origin"],
    ])(`of %s (%s) arrives at %s, from the ${pageName}`, async (path, button, target) => {
      await using app = await startPlainApp(
        (express, google) => {
          express.get("/me", google.requireSignIn(), (req, res) => void res.send(`${req.googleAuth.user?.email}`));
        },
        { returnOrigins: [spaOrigin], pages },
      );
      // A guarded page redirects on to Google.
      const returnTo = target === "Google" ? "/me" : `${spaOrigin}/bye`;
      const arrival = target === "Google" ? app.google.url : returnTo;
      const context = await newContext(browser());
      try {
        const page = await context.newPage();
        await page.goto(`${app.origin}/me`);
        await page.getByRole("button", { name: /ada@example/ }).click();
        await page.getByRole("button", { name: /Continue|Allow/ }).click();
        await page.waitForURL(`${app.origin}/me`);
        await page.goto(`${app.origin}${path}?return_to=${encodeURIComponent(returnTo)}`);
        await page.getByRole("button", { name: button }).click();
        await page.waitForURL((url) => url.href.startsWith(arrival));
        // Google may redirect back to the callback and receive a consent retry, all in one chain of redirects.
        const visits = app.google.requests.of("authorization").length;
        expect(visits > 1).toBe(target === "Google");
      } finally {
        await context.close();
      }
    });
  }
});
