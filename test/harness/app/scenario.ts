import type { ScopegateOptions } from "@scopegate/core";
import { startEmulator } from "@scopegate/emulator";
import type { Emulator, EmulatorOptions } from "@scopegate/emulator";
import type { StartApp, TestApp, TestAppSpec, TestRoute } from "./test-app.ts";
import { Visitor } from "./visitor.ts";

export const DRIVE = "https://www.googleapis.com/auth/drive.metadata.readonly";
export const CALENDAR = "https://www.googleapis.com/auth/calendar.readonly";
export const CLIENT = {
  clientId: "tests.apps.googleusercontent.com",
  clientSecret: "GOCSPX-the-secret-of-the-tests-0123456789",
};
export const ADA = "ada@example.com";

/** An app, a Google, and a first visitor. */
export interface Scenario extends AsyncDisposable {
  readonly app: TestApp;
  readonly google: Emulator;
  readonly visitor: Visitor;
  /** Another browser. */
  anotherVisitor(): Visitor;
}

/** The parts that a test may change. */
export interface ScenarioOptions extends Partial<Omit<TestAppSpec, "options">> {
  readonly options?: ScopegateOptions;
  readonly emulator?: EmulatorOptions;
  readonly callbackPath?: string;
}

/** Routes for most tests: the signed-in user, and a page for each of two features. */
export const ROUTES: readonly TestRoute[] = [
  { path: "/", handle: (auth) => ({ signedIn: auth.isSignedIn, user: auth.user ?? null, scopes: [...auth.scopes] }) },
  { path: "/me", guard: { signIn: true }, handle: (auth) => ({ email: auth.user?.email }) },
  { path: "/drive", guard: { scopes: [DRIVE] }, handle: (auth) => ({ page: "drive", email: auth.user?.email }) },
  { path: "/calendar", guard: { scopes: [CALENDAR] }, handle: () => ({ page: "calendar" }) },
  { path: "/token", handle: async (auth) => ({ token: await auth.getAccessToken() }) },
];

/** The issuers of the scenarios that run. Stores keep the grants of each issuer apart. */
export const runningIssuers = new Set<string>();

/** Starts an emulator and an app that uses it. */
export async function startScenario(startApp: StartApp, scenario: ScenarioOptions = {}): Promise<Scenario> {
  const google = await startEmulator(scenario.emulator);
  runningIssuers.add(google.issuer);
  const callbackPath = scenario.callbackPath ?? "/oauth2callback";
  const app = await startApp({
    routes: ROUTES,
    ...scenario,
    options: (origin) => {
      const redirectUri = origin + callbackPath;
      google.addClient({ ...CLIENT, redirectUris: [redirectUri], name: "Tests" });
      return {
        client: CLIENT,
        redirectUri,
        endpoints: google.endpoints,
        now: () => google.clock.now(),
        ...scenario.options,
      };
    },
  });
  return {
    app,
    google,
    visitor: new Visitor(app.origin, google),
    anotherVisitor: () => new Visitor(app.origin, google),
    async [Symbol.asyncDispose]() {
      await app.stop();
      await google.stop();
      runningIssuers.delete(google.issuer);
    },
  };
}
