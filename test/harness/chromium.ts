import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";

const USUAL_PLACE = "/usr/bin/chromium";

// Nothing but the pages under test: no sandbox (containers run as root), no graphics, no talk with the vendor.
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

/**
 * A suite in a real browser, one browser for all of its tests. Without one it is skipped, and says so; in CI (`CI=true`)
 * it fails.
 */
export function describeInChromium(name: string, suite: (browser: () => Browser) => void): void {
  const executablePath = findChromium(name);
  describe.skipIf(executablePath === undefined)(name, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: executablePath!, args: FLAGS });
    });
    afterAll(async () => {
      await browser?.close();
    });
    suite(() => browser!);
  });
}

/** Where Chromium is: `CHROMIUM`, or the usual place. */
function findChromium(suite: string): string | undefined {
  const path = process.env["CHROMIUM"] || USUAL_PLACE;
  if (existsSync(path)) return path;
  const missing = `There is no browser at ${path} (the variable CHROMIUM names another place)`;
  if (process.env["CI"] === "true") throw new Error(missing);
  console.warn(`\n!!! SKIPPED: ${suite}\n!!! ${missing}: nothing of this was tested\n`);
  return undefined;
}
