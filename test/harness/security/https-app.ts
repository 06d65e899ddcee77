import { CLIENT } from "../app/scenario.ts";
import type { ScenarioOptions } from "../app/scenario.ts";
import type { StartApp } from "../app/test-app.ts";
import { startAttack } from "./attack.ts";
import type { Attack } from "./attack.ts";
import type { RawBrowser, RawResponse } from "./browser.ts";

/** The redirect URI of an app behind a proxy that ends TLS. */
export const HTTPS_URI = "https://app.example.com/oauth2callback";

/** An app whose browsers use https, seen from behind its proxy. */
export interface HttpsApp extends Attack {
  /** Opens a page as the proxy passes it on: with the public host. */
  visit(browser: RawBrowser, address: string, host?: string): Promise<RawResponse>;
}

/**
 * Starts an app behind a proxy that ends TLS.
 * @param redirectUris - makes the list of redirect URIs from the app's own http origin. Default: {@link HTTPS_URI} alone
 */
export async function startHttpsApp(
  startApp: StartApp,
  redirectUris: (origin: string) => readonly string[] = () => [HTTPS_URI],
  options: ScenarioOptions = {},
): Promise<HttpsApp> {
  const attack = await startAttack(
    (spec) =>
      startApp({ ...spec, options: (origin) => ({ ...spec.options(origin), redirectUri: redirectUris(origin) }) }),
    options,
  );
  attack.google.addClient({ ...CLIENT, redirectUris: redirectUris(attack.app.origin), name: "Tests" });
  return {
    ...attack,
    async visit(browser, address, host = "app.example.com") {
      const { pathname, search } = new URL(address, HTTPS_URI);
      return browser.open(pathname + search, { Host: host });
    },
  };
}
