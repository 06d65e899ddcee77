// Processes whose clocks differ, on one store.
import { memoryTokenStore } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { hasMiddleware } from "../harness/app/matrix.ts";
import { ADA, ROUTES, startScenario } from "../harness/app/scenario.ts";
import type { StartApp, TestRoute } from "../harness/app/test-app.ts";
import { startTwin } from "../harness/security/twin.ts";

const YEAR = 365 * 24 * 3600_000;

const routes: readonly TestRoute[] = [
  ...ROUTES,
  { path: "/log-in", handle: (_auth, session, query) => void (session["userId"] = query.get("as")) },
];

/** Two processes on one store: the first one has Google's clock, and the clock of the second one is ahead of it. */
async function startProcesses(startApp: StartApp, ahead: number) {
  const store = memoryTokenStore();
  const scenario = await startScenario(startApp, { options: { store } });
  const { google } = scenario;
  const twin = await startTwin(startApp, scenario, { store, now: () => google.clock.now() + ahead });
  return {
    ...scenario,
    twin,
    store,
    subject: google.users.find(({ email }) => email === ADA)!.sub,
    async [Symbol.asyncDispose]() {
      await twin[Symbol.asyncDispose]();
      await scenario[Symbol.asyncDispose]();
    },
  };
}

describe.each(frameworks)("processes with different clocks on %s", (_name, startApp) => {
  it("S63 a sign-out everywhere by a clock that is a year ahead ends the sign-in, and the user can sign in again", async () => {
    await using processes = await startProcesses(startApp, YEAR);
    const { app, twin, visitor, subject } = processes;
    await visitor.walk("/me");
    for (const process of [twin.app, app, twin.app, app]) {
      await process.google.signOutEverywhere(subject);
      expect((await visitor.call("/me")).status).toBe(401);
      expect((await visitor.walk("/me")).response.body).toEqual({ email: ADA });
      expect((await visitor.call("/token")).body.token).toMatch(/^ya29\./);
    }
  });

  it("S63 a sign-out everywhere ends a sign-in by a clock that is 30 seconds ahead", async () => {
    await using processes = await startProcesses(startApp, 30_000);
    const { app, twin, subject } = processes;
    expect((await twin.visitor.walk("/me")).response.body).toEqual({ email: ADA });
    await app.google.signOutEverywhere(subject);
    expect((await twin.visitor.call("/me")).status).toBe(401);
    expect((await twin.visitor.walk("/me")).response.body).toEqual({ email: ADA });
  });

  it("S63 a sign-out everywhere by a clock that is 240 seconds behind ends the sign-in, and the user can sign in again", async () => {
    await using processes = await startProcesses(startApp, -240_000);
    const { app, twin, visitor, subject } = processes;
    for (const process of [twin.app, app]) {
      expect((await visitor.walk("/me")).response.body).toEqual({ email: ADA });
      await process.google.signOutEverywhere(subject);
      expect((await visitor.call("/me")).status).toBe(401);
      expect((await visitor.walk("/me")).response.body).toEqual({ email: ADA });
    }
  });

  it("S63 a token's end by a clock that is a year ahead is not believed", async () => {
    await using processes = await startProcesses(startApp, YEAR);
    const { app, twin, visitor, google, subject } = processes;
    await visitor.walk("/me");
    const late = await twin.app.google.forUser(subject).getAccessToken({ forceRefresh: true });
    google.clock.advance(3600_000);
    const token = await app.google.forUser(subject).getAccessToken();
    expect(token).not.toBe(late);
    // The refreshed token has an end by the right clock.
    expect(await app.google.forUser(subject).getAccessToken()).toBe(token);
  });
});

describe.each(frameworks.filter(hasMiddleware))(
  "processes with different clocks, for users of the app, on %s",
  (_name, startApp) => {
    it("S63 a user who signs in again after a sign-out by a clock that is ahead is signed in on the next device", async () => {
      const store = memoryTokenStore();
      const userId = (request: unknown) => (request as { session: { userId?: string } }).session.userId;
      await using scenario = await startScenario(startApp, { routes, options: { store, userId } });
      const { google, app, visitor, anotherVisitor } = scenario;
      const { sub } = google.users.find(({ email }) => email === ADA)!;
      await using twin = await startTwin(startApp, scenario, { store, userId, now: () => google.clock.now() + YEAR });
      await visitor.call("/log-in?as=42");
      await visitor.walk("/me");
      await twin.app.google.signOutEverywhere(sub);
      const phone = anotherVisitor();
      await phone.call("/log-in?as=42");
      expect((await phone.call("/me")).status).toBe(401);
      await visitor.walk("/me");
      expect((await phone.call("/me")).body).toEqual({ email: ADA });
      expect((await phone.call("/token")).body.token).toMatch(/^ya29\./);
      await app.google.signOutEverywhere(sub);
      for (const device of [visitor, phone]) expect((await device.call("/me")).status).toBe(401);
    });
  },
);
