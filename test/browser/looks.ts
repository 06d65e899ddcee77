import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const SCREENSHOTS = fileURLToPath(new URL("../../.artifacts/screenshots/", import.meta.url));
const DESKTOP = { width: 1100, height: 800 };
const PHONE = { width: 320, height: 640 };

/**
 * Checks the open page in both color schemes, on a desktop and on a narrow phone. It saves pictures in
 * `.artifacts/screenshots`, which git ignores.
 */
export async function expectGoodLooks(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const take = async (look: string, viewport: typeof PHONE, colorScheme: "light" | "dark"): Promise<void> => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    await page.screenshot({ path: `${SCREENSHOTS}${name}-${look}.png`, fullPage: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${name}, ${look}`).toBe(viewport.width);
  };
  await take("light", DESKTOP, "light");
  expect(await brightness(page), `${name}: the ground of the light page`).toBeGreaterThan(0.8);
  await take("phone", PHONE, "light");
  expect(await findViolations(page), `${name}, light`).toEqual([]);
  await take("dark", DESKTOP, "dark");
  expect(await brightness(page), `${name}: the ground of the dark page`).toBeLessThan(0.2);
  expect(await findViolations(page), `${name}, dark`).toEqual([]);
  await page.emulateMedia({ colorScheme: "light" });
}

/** The findings of axe-core on a page, a line for each element. */
async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
}

/** The brightness of the page's background, from 0 to 1. */
async function brightness(page: Page): Promise<number> {
  const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const [red = 0, green = 0, blue = 0] = [...colour.matchAll(/\d+/g)].map(([value]) => Number(value));
  return (red + green + blue) / (3 * 255);
}
