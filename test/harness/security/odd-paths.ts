import { expect } from "vitest";
import type { RawBrowser } from "./browser.ts";

/** Other spellings of a path, as request targets. */
export function spellings(path: string): string[] {
  const last = path.lastIndexOf("/");
  const [folder, name] = [path.slice(0, last), path.slice(last + 1)];
  const encoded = `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`;
  return [
    path,
    `${path}/`,
    `${path}//`,
    `/${path}`,
    `${folder}//${name}`,
    path.toUpperCase(),
    `${folder}/${name[0]!.toUpperCase()}${name.slice(1)}`,
    `${folder}/${encoded}`,
    `${folder}/${encoded.replace("%", "%25")}`,
    path.replaceAll("/", "%2f"),
    path.replaceAll("/", "\\"),
    `${path};x`,
    `${folder};x=1/${name}`,
    `${folder};x/${name};y=%2f..`,
    `${path};jsessionid=1/`,
    `${path}?x=1`,
    `${path}?/../../public`,
    `${path}#x`,
    `${path}%23`,
    `${path}%3f`,
    `${path}%00`,
    `%00${path}`,
    `${folder}%00/${name}`,
    `${folder}/%00${name}`,
    `${path}%c0%af`,
    `${path}%0a`,
    `${path}%20`,
    `${path}.`,
    `${path}.json`,
    `${path}/.`,
    `${path}/./`,
    `${path}/x/..`,
    `${path}/%2e`,
    `${folder}/./${name}`,
    `${folder}/x/../${name}`,
    `${folder}/%2e/${name}`,
    `${folder}/x/%2e%2e/${name}`,
    `${folder}/x%2f..%2f${name}`,
    `${folder}%2f${name}`,
    `${folder}%5c${name}`,
    `%2f${path.slice(1)}`,
    `/%2f${path.slice(1)}`,
    `/public/..${path}`,
    `/public/%2e%2e${path}`,
    `/./${path.slice(1)}`,
    `/.${path}`,
    `http://evil.example${path}`,
    `http://evil.example:80${path}?x=1`,
    `HTTP://evil.example/${path}`,
    `https://evil.example${path.toUpperCase()}`,
    `//evil.example${path}`,
    `${path}/42`,
    // Longer than a router's parameters, and so long that copying it is slow.
    `${path}/${"x".repeat(500)}`,
    `${path}${"/".repeat(2000)}`,
    `${"/x/..".repeat(500)}${path}`,
    `${path}?${"x".repeat(8000)}`,
    `/%`,
    `${path}/%`,
    `${path}/%ff`,
    "*",
  ];
}

/**
 * Sends every spelling. Neither the router nor the guard may respond with 500.
 * @returns the spellings for which the handler ran
 */
export async function reaching(browser: RawBrowser, targets: readonly string[], ran: () => number): Promise<string[]> {
  const reached: string[] = [];
  for (const target of targets) {
    const methods =
      target === targets[0] ? ["GET", "HEAD", "POST", "OPTIONS"] : target === "*" ? ["GET", "OPTIONS"] : ["GET"];
    for (const method of methods) {
      const before = ran();
      const { status } = await browser.send(method, target, { Accept: "application/json" });
      expect(status, `${method} ${target}`).not.toBe(500);
      if (ran() > before) reached.push(`${method} ${target}`);
    }
  }
  return reached;
}
