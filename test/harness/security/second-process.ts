import type { ScopegateOptions } from "@scopegate/core";
import { CLIENT } from "../app/scenario.ts";
import type { Scenario } from "../app/scenario.ts";
import type { StartApp, TestApp, TestAppSpec } from "../app/test-app.ts";
import { RawBrowser } from "./browser.ts";

/** The same app in another process of a deployment: it has the same addresses and keys, and no memory of the first one. */
export interface SecondProcess extends AsyncDisposable {
  readonly app: TestApp;
  /** The same browser, whose next requests this process serves. */
  browserOf(browser: RawBrowser): RawBrowser;
}

/**
 * Starts the app of a scenario once more, as after a restart or behind a load balancer.
 * @param options - the options that the scenario's app has beyond those of each scenario
 */
export async function startSecondProcess(
  startApp: StartApp,
  { app, google }: Scenario,
  spec: Omit<TestAppSpec, "options">,
  options: ScopegateOptions = {},
): Promise<SecondProcess> {
  const second = await startApp({
    ...spec,
    options: () => ({
      client: CLIENT,
      redirectUri: `${app.origin}/oauth2callback`,
      endpoints: google.endpoints,
      now: () => google.clock.now(),
      ...options,
    }),
  });
  return {
    app: second,
    browserOf(browser) {
      const same = new RawBrowser(second.origin);
      for (const [name, value] of browser.cookies) same.cookies.set(name, value);
      return same;
    },
    [Symbol.asyncDispose]: () => second.stop(),
  };
}
