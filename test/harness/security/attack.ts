import type { ApproveOptions } from "@scopegate/emulator";
import { expect } from "vitest";
import { ROUTES, startScenario } from "../app/scenario.ts";
import type { Scenario, ScenarioOptions } from "../app/scenario.ts";
import type { StartApp } from "../app/test-app.ts";
import { RawBrowser } from "./browser.ts";

/** An authorization that Google has answered, and whose callback nobody has visited yet. */
export interface Pending {
  /** Google's address, as the app sent the browser there. */
  readonly authorization: URL;
  /** Where Google would send the browser back to. */
  readonly callback: URL;
  readonly state: string;
  readonly code: string;
}

/** What an attack must leave as it was. */
export interface Effects {
  readonly tokenRequests: number;
  readonly sessions: Record<string, Record<string, unknown>>;
}

/** A scenario for attacks. */
export interface Attack extends Scenario {
  /** The browser under attack: nobody's, until somebody signs in. */
  readonly victim: RawBrowser;
  newBrowser(): RawBrowser;
  /** Begins an authorization in a browser, and has Google answer it. */
  begin(browser?: RawBrowser, target?: string, decision?: ApproveOptions): Promise<Pending>;
  /** Begins, and visits the callback too. */
  signIn(browser?: RawBrowser, target?: string, decision?: ApproveOptions): Promise<void>;
  /** What Google's token endpoint has received, and what the session store holds. */
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
      // Once more, where Google has given the refresh token away before.
      if (location.startsWith(google.url)) {
        ({ status, location } = await browser.open(await google.approve(location, decision)));
      }
      expect([status, location.startsWith("/")], "signed in").toEqual([302, true]);
    },
    effects: () => ({ tokenRequests: google.requests.of("token").length, sessions: app.sessions() }),
  };
}

/** The names of the cookies in which a browser keeps its pending attempts. */
export function attemptCookiesOf(browser: RawBrowser): string[] {
  return [...browser.cookies.keys()].filter((name) => /^(?:__Host-)?scopegate_[\w-]{8}_[\w-]{16}$/.test(name));
}
