import { expect, it } from "vitest";
import { describeInChromium, newContext } from "../harness/chromium.ts";
import { startPlainApp } from "./plain-app.ts";

/** A service worker that passes every request on. */
const WORKER = `
  addEventListener("install", () => skipWaiting());
  addEventListener("activate", (event) => event.waitUntil(clients.claim()));
  addEventListener("fetch", (event) => event.respondWith(fetch(event.request)));
`;

describeInChromium("service workers in a browser", (browser) => {
  it("a guarded page whose navigation a service worker passes on leads to Google and back", async () => {
    const seen: unknown[] = [];
    await using app = await startPlainApp((pages, google) => {
      pages.get("/", (_req, res) => void res.send("<h1>Start</h1>"));
      pages.get("/worker.js", (_req, res) => void res.type("js").send(WORKER));
      pages.use("/me", (req, _res, next) => {
        seen.push([req.get("sec-fetch-mode"), req.get("sec-fetch-dest")]);
        next();
      });
      pages.get("/me", google.requireSignIn(), (req, res) => void res.send(`<h1>${req.googleAuth.user?.email}</h1>`));
    });
    const context = await newContext(browser());
    try {
      const page = await context.newPage();
      await page.goto(`${app.origin}/`);
      await page.evaluate(async () => {
        const controlled = new Promise((resolve) => {
          navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
        });
        await navigator.serviceWorker.register("/worker.js");
        await controlled;
      });
      await page.goto(`${app.origin}/me`);
      expect(seen).toEqual([["navigate", "empty"]]);
      await page.getByRole("button", { name: /ada@example/ }).click();
      await page.getByRole("button", { name: /Continue|Allow/ }).click();
      await page.waitForURL(`${app.origin}/me`);
      expect(await page.getByRole("heading").innerText()).toBe("ada@example.com");
    } finally {
      await context.close();
    }
  });
});
