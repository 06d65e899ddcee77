import type { ApproveOptions } from "@scopegate/emulator";
import { expect } from "vitest";
import { ROUTES, startScenario } from "../app/scenario.ts";
import type { Scenario, ScenarioOptions } from "../app/scenario.ts";
import type { StartApp } from "../app/test-app.ts";
import { RawBrowser } from "./browser.ts";

/** An authorization after Google's response and before the visit to its callback. */
export interface Pending {
  /** The address at Google to which the app redirected. */
  readonly authorization: URL;
  /** The address to which Google redirects back. */
  readonly callback: URL;
  readonly state: string;
  readonly code: string;
}

/** The state that an attack must leave unchanged. */
export interface Effects {
  readonly tokenRequests: number;
  readonly sessions: Record<string, Record<string, unknown>>;
}

/** A scenario for attacks. */
export interface Attack extends Scenario {
  /** The browser under attack. At the start it is signed out. */
  readonly victim: RawBrowser;
  newBrowser(): RawBrowser;
  /** Begins an authorization in a browser, and lets Google respond. */
  begin(browser?: RawBrowser, target?: string, decision?: ApproveOptions): Promise<Pending>;
  /** Begins an authorization, and visits its callback. */
  signIn(browser?: RawBrowser, target?: string, decision?: ApproveOptions): Promise<void>;
  /** The count of requests to Google's token endpoint, and the content of the session store. */
  effects(): Effects;
}

/** Starts an app, a Google, and a browser to attack. */
export async function startAttack(startApp: StartApp, options: ScenarioOptions = {}): Promise<Attack> {
  const scenario = await startScenario(startApp, {
    ...options,
    routes: [
      ...(options.routes ?? ROUTES),
      { path: "/cart", handle: (_auth, session) => (session["cart"] = ["book"]) },
    ],
  });
  const { app, google } = scenario;
  const victim = new RawBrowser(app.origin);

  const begin: Attack["begin"] = async (browser = victim, target = "/authorize", decision = {}) => {
    const { status, location } = await browser.open(target);
    expect(status, `${target} leads to Google`).toBe(302);
    const authorization = new URL(location);
    const callback = new URL(await google.approve(authorization, decision));
    const [state, code] = ["state", "code"].map((name) => callback.searchParams.get(name) ?? "");
    return { authorization, callback, state: state!, code: code! };
  };
  return {
    ...scenario,
    victim,
    begin,
    newBrowser: () => new RawBrowser(app.origin),
    async signIn(browser = victim, target = "/authorize", decision = {}) {
      const { callback } = await begin(browser, target, decision);
      let { status, location } = await browser.open(callback.href);
      // A consent retry follows if Google issued the refresh token earlier.
      if (location.startsWith(google.url)) {
        ({ status, location } = await browser.open(await google.approve(location, decision)));
      }
      expect([status, location.startsWith("/")], "signed in").toEqual([302, true]);
    },
    effects: () => ({ tokenRequests: google.requests.of("token").length, sessions: app.sessions() }),
  };
}

/** The names of the cookies that hold the browser's pending attempts. */
export function attemptCookiesOf(browser: RawBrowser): string[] {
  return [...browser.cookies.keys()].filter((name) => /^(?:__Host-)?scopegate_[\w-]{8}_[\w-]{16}$/.test(name));
}
