import type { TokenStore } from "@scopegate/core";
import type { GrantKey } from "@scopegate/core/store-kit";
import { asOwnerId } from "@scopegate/core/store-kit";
import { startEmulator } from "@scopegate/emulator";
import type { Emulator, EmulatorUser } from "@scopegate/emulator";
import { storeOfIssuer } from "../../../packages/core/src/store/issuer-store.ts";
import { CALENDAR, CLIENT, DRIVE } from "../app/scenario.ts";
import { RawBrowser } from "../security/browser.ts";
import type { RawResponse } from "../security/browser.ts";
import { AppProcess } from "./app-process.ts";
import { openStore } from "./open.ts";
import type { Place } from "./open.ts";
import type { ProcessConfig } from "./process.ts";
import { startRelay } from "./relay.ts";
import type { Relay } from "./relay.ts";

/** An app in several processes behind a load balancer, and Google behind a network that can hold requests. */
export interface Deployment extends AsyncDisposable {
  readonly google: Emulator;
  /** The network between the app and Google's token endpoint. */
  readonly tokenEndpoint: Relay;
  /** The address of the app for browsers. */
  readonly balancer: Relay;
  readonly processes: readonly AppProcess[];
  /** The store, opened by the test itself: its part for this Google. */
  readonly store: TokenStore;
  /** Starts another process. */
  start(config?: Partial<ProcessConfig>): Promise<AppProcess>;
  /** Opens a page of the app, and follows redirects. At Google, this user consents. */
  walk(browser: RawBrowser, target: string, user: EmulatorUser): Promise<RawResponse>;
  /** Signs a user in by a page that needs a scope, through one of the processes. */
  signIn(user: EmulatorUser): Promise<RawBrowser>;
  /** Moves the clocks of Google and of all processes. */
  advance(milliseconds: number): Promise<void>;
  /** Sends `requests` requests for `/token` to each process at the same moment, as these users in turn. */
  together(browsers: readonly RawBrowser[], requests: number): Promise<UserResponse[]>;
  /** The subject whose access token this is, according to Google. */
  whose(accessToken: unknown): Promise<unknown>;
  /** Token requests of a grant type that reached Google. */
  tokenRequests(grantType: "authorization_code" | "refresh_token"): Emulator["requests"][number][];
}

/** The response to one of several users. */
export interface UserResponse {
  /** The user's index. */
  readonly user: number;
  readonly response: RawResponse;
}

/** The key of a user's grant. */
export function keyOf({ sub }: EmulatorUser): GrantKey {
  return { client: CLIENT.clientId, owner: asOwnerId(`google:${sub}`), account: sub };
}

/** The given number of users for a test. */
export function makeUsers(count: number): EmulatorUser[] {
  return Array.from({ length: count }, (_, index) => ({
    sub: String(120_000_000_000 + index),
    email: `user-${index}@example.com`,
    name: `User ${index}`,
  }));
}

/** The parts of a deployment. */
export interface DeploymentOptions {
  readonly place: Place;
  /** The number of processes at the start. */
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
    let response = await browser.open(target);
    for (let steps = 0; response.status === 302 && steps < 12; steps++) {
      const { location } = response;
      const isGoogle = location.startsWith(google.url);
      response = await browser.open(isGoogle ? await google.approve(location, { user: sub }) : location);
    }
    return response;
  };
  return {
    google,
    tokenEndpoint,
    balancer,
    processes,
    store: storeOfIssuer(opened.store, google.issuer),
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
      const responses = processes.flatMap((each) => {
        const its = browsers.map((browser) => each.browser(browser));
        return Array.from({ length: requests }, async (_, index) => {
          const user = index % its.length;
          return { user, response: await its[user]!.call("/token-together") };
        });
      });
      await Promise.all(waiting.map(({ gathered }) => gathered));
      for (const each of processes) each.go();
      return Promise.all(responses);
    },
    async whose(accessToken) {
      const headers = { authorization: `Bearer ${String(accessToken)}` };
      const response = await fetch(google.endpoints.userinfo, { headers });
      return ((await response.json()) as { sub?: unknown }).sub;
    },
    tokenRequests: (grantType) => google.requests.of("token").filter(({ form }) => form["grant_type"] === grantType),
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((each) => each.kill()));
      await opened[Symbol.asyncDispose]();
      for (const server of [balancer, tokenEndpoint, google]) await server[Symbol.asyncDispose]();
    },
  };
}
