import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, BrowserContextOptions } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import { mustSkip } from "./requirement.ts";

/** Where Chromium is: the variable `CHROMIUM` names the file, or it is in its usual place. */
const PATH = process.env["CHROMIUM"] || "/usr/bin/chromium";

/** A limit for hangs, in milliseconds. Playwright's own of 30 seconds can be too short on a busy machine. */
const LIMIT = 100_000;

// Containers run as root, where the sandbox does not work. The other flags switch off graphics and calls to the vendor.
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A suite in a real browser, which all of its tests share. Without Chromium the suite is skipped. */
export function describeInChromium(name: string, suite: (browser: () => Browser) => void): void {
  const isSkipped = mustSkip({
    name: `Chromium at ${PATH}`,
    isThere: existsSync(PATH),
    remedy: "Install it, or set CHROMIUM to its file.",
  });
  describe.skipIf(isSkipped)(name, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: PATH, args: FLAGS, timeout: LIMIT });
    });
    afterAll(async () => {
      await browser?.close();
    });
    suite(() => browser!);
  });
}

/** A new browser profile, without cookies or other state of other tests. */
export async function newContext(browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(LIMIT);
  return context;
}
