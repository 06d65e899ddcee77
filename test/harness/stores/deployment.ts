import type { GrantKey, TokenStore } from "@scopegate/core";
import { startEmulator } from "@scopegate/emulator";
import type { Emulator, EmulatorUser } from "@scopegate/emulator";
import { CALENDAR, CLIENT, DRIVE } from "../app/scenario.ts";
import { RawBrowser } from "../security/browser.ts";
import type { RawAnswer } from "../security/browser.ts";
import { AppProcess } from "./app-process.ts";
import { openStore } from "./open.ts";
import type { Place } from "./open.ts";
import type { ProcessConfig } from "./process.ts";
import { startRelay } from "./relay.ts";
import type { Relay } from "./relay.ts";

/** An app in several processes behind a load balancer, and Google behind a network that can hold what passes. */
export interface Deployment extends AsyncDisposable {
  readonly google: Emulator;
  /** The way to Google's token endpoint. */
  readonly tokenEndpoint: Relay;
  /** The app's one address. */
  readonly balancer: Relay;
  readonly processes: readonly AppProcess[];
  /** The store, as one more process sees it. */
  readonly store: TokenStore;
  /** Starts another process. */
  start(config?: Partial<ProcessConfig>): Promise<AppProcess>;
  /** Opens a page of the app, and walks through Google as this user wherever the app sends there. */
  walk(browser: RawBrowser, target: string, user: EmulatorUser): Promise<RawAnswer>;
  /** Signs a user in with a page that needs a scope, through one of the processes. */
  signIn(user: EmulatorUser): Promise<RawBrowser>;
  /** Lets time go by, for Google and for all processes. */
  advance(milliseconds: number): Promise<void>;
  /** Opens `/token` in all processes, so many times in each and turn by turn as these users, all of them at the same moment. */
  together(browsers: readonly RawBrowser[], requests: number): Promise<UserAnswer[]>;
  /** Whom Google takes the bearer of an access token for: a subject. */
  whose(accessToken: unknown): Promise<unknown>;
  /** Token requests of a grant type that reached Google. */
  tokenRequests(grantType: "authorization_code" | "refresh_token"): Emulator["requests"][number][];
}

/** What one of several users was answered. */
export interface UserAnswer {
  /** The user's index. */
  readonly user: number;
  readonly answer: RawAnswer;
}

/** The key of a user's grant. */
export function keyOf({ sub }: EmulatorUser): GrantKey {
  return { client: CLIENT.clientId, owner: `google:${sub}`, account: sub };
}

/** A test's users, as many as it needs. */
export function makeUsers(count: number): EmulatorUser[] {
  return Array.from({ length: count }, (_, index) => ({
    sub: String(120_000_000_000 + index),
    email: `user-${index}@example.com`,
    name: `User ${index}`,
  }));
}

/** What a deployment is made of. */
export interface DeploymentOptions {
  readonly place: Place;
  /** How many processes it has from the beginning. */
  readonly count: number;
  readonly leaseMs: number;
  readonly users: readonly EmulatorUser[];
}

/** Starts a deployment. */
export async function startDeployment({ place, count, leaseMs, users }: DeploymentOptions): Promise<Deployment> {
  const google = await startEmulator({ users });
  const tokenEndpoint = await startRelay(google.url);
  const balancer = await startRelay(google.url);
  const opened = await openStore(place, leaseMs);
  const redirectUri = `${balancer.origin}/oauth2callback`;
  google.addClient({ ...CLIENT, redirectUris: [redirectUri] });
  const token = tokenEndpoint.origin + new URL(google.endpoints.token).pathname;

  const running: AppProcess[] = [];
  const offset = () => google.clock.now() - Date.now();
  const start: Deployment["start"] = async (config = {}) => {
    const started = await AppProcess.start({
      place,
      leaseMs,
      client: CLIENT,
      redirectUri,
      endpoints: { ...google.endpoints, token },
      pages: { "/drive": DRIVE, "/calendar": CALENDAR },
      offset: offset(),
      ...config,
    });
    running.push(started);
    return started;
  };
  const processes = await Promise.all(Array.from({ length: count }, () => start()));
  balancer.target = processes[0]!.origin;

  const walk: Deployment["walk"] = async (browser, target, { sub }) => {
    let answer = await browser.open(target);
    for (let steps = 0; answer.status === 302 && steps < 12; steps++) {
      const { location } = answer;
      const isGoogle = location.startsWith(google.url);
      answer = await browser.open(isGoogle ? await google.approve(location, { user: sub }) : location);
    }
    return answer;
  };
  return {
    google,
    tokenEndpoint,
    balancer,
    processes,
    store: opened.store,
    start,
    walk,
    async signIn(user) {
      const browser = new RawBrowser(balancer.origin);
      const { status, text } = await walk(browser, "/drive", user);
      if (status !== 200) throw new Error(`${user.email} could not sign in: ${status} ${text}`);
      return browser;
    },
    async advance(milliseconds) {
      google.clock.advance(milliseconds);
      await Promise.all(running.filter(({ isAlive }) => isAlive).map((each) => each.setClock(offset())));
    },
    async together(browsers, requests) {
      const waiting = await Promise.all(processes.map((each) => each.gather(requests)));
      const answers = processes.flatMap((each) => {
        const its = browsers.map((browser) => each.browser(browser));
        return Array.from({ length: requests }, async (_, index) => {
          const user = index % its.length;
          return { user, answer: await its[user]!.call("/token-together") };
        });
      });
      await Promise.all(waiting.map(({ gathered }) => gathered));
      for (const each of processes) each.go();
      return Promise.all(answers);
    },
    async whose(accessToken) {
      const headers = { authorization: `Bearer ${String(accessToken)}` };
      const answer = await fetch(google.endpoints.userinfo, { headers });
      return ((await answer.json()) as { sub?: unknown }).sub;
    },
    tokenRequests: (grantType) => google.requests.of("token").filter(({ form }) => form["grant_type"] === grantType),
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((each) => each.kill()));
      await opened[Symbol.asyncDispose]();
      for (const server of [balancer, tokenEndpoint, google]) await server[Symbol.asyncDispose]();
    },
  };
}
