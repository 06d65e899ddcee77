import type { Express } from "express";
import { expect, it } from "vitest";
import { describeInChromium, newContext } from "../harness/chromium.ts";
import { startPlainApp } from "./plain-app.ts";

const rules = (kind: string): string =>
  `<script type="speculationrules">{"${kind}":[{"source":"list","urls":["/authorize?return_to=/","/me"],"eagerness":"immediate"}]}</script>`;

/** Pages that load addresses in advance, each in another way. */
const WAYS = {
  "<link>": `<link rel="prefetch" href="/authorize?return_to=/"><link rel="prefetch" href="/me">`,
  "speculation-rules prefetch": rules("prefetch"),
  "speculation-rules prerender": rules("prerender"),
} as const;

/** Records the requests that Chromium sends in advance, with the status and the cookies of their responses. */
function recordPrefetches(app: Express, seen: Map<string, unknown>): void {
  app.use((req, res, next) => {
    const purpose = req.get("sec-purpose") ?? req.get("purpose");
    if (purpose !== undefined) {
      res.on("finish", () => seen.set(req.originalUrl, [res.statusCode, res.getHeader("set-cookie")]));
    }
    next();
  });
}

describeInChromium("prefetched addresses in a browser", (browser) => {
  for (const [way, head] of Object.entries(WAYS)) {
    it.each(["/authorize?return_to=/", "/me"])(`a click on %s begins the sign-in after a ${way}`, async (address) => {
      const seen = new Map<string, unknown>();
      await using app = await startPlainApp(
        (pages, google) => {
          pages.get("/", (req, res) => {
            const links = `<a href="/authorize?return_to=/">/authorize?return_to=/</a> <a href="/me">/me</a>`;
            res.send(`<!doctype html>${head}<h1>${req.googleAuth.user?.email ?? "Start"}</h1>${links}`);
          });
          pages.get("/me", google.requireSignIn(), (req, res) => {
            res.send(`<h1>${req.googleAuth.user?.email}</h1>`);
          });
        },
        {},
        (first) => recordPrefetches(first, seen),
      );
      const context = await newContext(browser());
      try {
        const page = await context.newPage();
        await page.goto(`${app.origin}/`);
        await expect
          .poll(() => [...seen.keys()].toSorted(), { timeout: 60_000 })
          .toEqual(["/authorize?return_to=/", "/me"]);
        expect([...seen.values()]).toEqual([
          [503, undefined],
          [503, undefined],
        ]);
        expect(app.google.requests.of("authorization")).toEqual([]);
        await page.getByRole("link", { name: address, exact: true }).click();
        await page.getByRole("button", { name: /ada@example/ }).click();
        await page.getByRole("button", { name: /Continue|Allow/ }).click();
        await page.waitForURL((url) => url.origin === app.origin && url.pathname !== "/oauth2callback");
        expect(await page.getByRole("heading").innerText()).toBe("ada@example.com");
      } finally {
        await context.close();
      }
    });
  }
});
