// Session middleware writes a session as a whole, and the last request wins. A slow request that began before a refresh
// or a sign-out therefore writes the old content back.
import { memoryTokenStore } from "@scopegate/core";
import type { Response } from "supertest";
import { describe, expect, it } from "vitest";
import { everyCell } from "../harness/app/frameworks.ts";
import { isWrittenWhole } from "../harness/app/matrix.ts";
import { DRIVE, ROUTES, startScenario } from "../harness/app/scenario.ts";
import type { Scenario, ScenarioOptions } from "../harness/app/scenario.ts";
import type { StartApp, TestApp } from "../harness/app/test-app.ts";

const HOUR = 3600_000;
const SESSIONS = ["server", "cookie"] as const;

/** A scenario with a signed-in visitor, and a page that changes the session and waits for the test. */
async function startWithSlowPage(startApp: StartApp, options: ScenarioOptions) {
  const entered = Promise.withResolvers<void>();
  const leave = Promise.withResolvers<void>();
  const scenario = await startScenario(startApp, {
    ...options,
    routes: [
      ...ROUTES,
      {
        path: "/slow",
        async handle(_auth, session) {
          session["note"] = "of the slow request";
          entered.resolve();
          await leave.promise;
        },
      },
      {
        path: "/revoke-now",
        handle: (auth) => auth.revoke(),
      },
      {
        path: "/sign-out-now",
        handle: (auth) => auth.signOut(),
      },
    ],
  });
  const { response } = await scenario.visitor.walk("/drive");
  expect(response.body).toMatchObject({ page: "drive" });
  return {
    scenario,
    cookie: cookieOf(response),
    /** Runs `between` while the slow page is in progress, and then lets the page end. */
    async whileSlow(between: () => Promise<unknown>): Promise<void> {
      const slow = scenario.visitor.call("/slow");
      await entered.promise;
      await between();
      leave.resolve();
      expect((await slow).status).toBe(200);
    },
  };
}

function cookieOf(response: Response): string {
  const { req } = response as unknown as { req: { getHeader(name: string): string } };
  return req.getHeader("cookie");
}

const refreshes = ({ google }: Scenario) =>
  google.requests.of("token").filter(({ form }) => form["grant_type"] === "refresh_token");

/** Scopegate's part of the app's session store. */
function stored(app: TestApp): string {
  return JSON.stringify(
    Object.values(app.sessions()).flatMap((content) =>
      Object.entries(content).filter(([key]) => key.startsWith("scopegate:")),
    ),
  );
}

describe.each(everyCell.filter(isWrittenWhole))("a slow request on %s", (_name, startApp) => {
  it.each(SESSIONS)("does not restore the grant from before a refresh, in a %s session", async (session) => {
    const { scenario, whileSlow } = await startWithSlowPage(startApp, { session });
    await using _ = scenario;
    const { app, google, visitor } = scenario;
    const before = stored(app);
    google.clock.advance(HOUR);
    let refreshed = "";
    let after = "";
    await whileSlow(async () => {
      refreshed = (await visitor.call("/token")).body.token as string;
      after = stored(app);
    });
    if (session === "server") {
      expect(after).not.toBe(before);
      expect(stored(app)).toBe(before);
    }
    expect((await visitor.call("/token")).body.token).toBe(refreshed);
    expect(refreshes(scenario)).toHaveLength(1);
    // The session in the store is corrected, so that the correction does not depend on the memory of this process.
    expect(stored(app)).toBe(after);
  });

  it.each(SESSIONS)("does not restore a revoked grant, in a %s session", async (session) => {
    const { scenario, cookie, whileSlow } = await startWithSlowPage(startApp, { session });
    await using _ = scenario;
    const { app, google, visitor } = scenario;
    const before = stored(app);
    await whileSlow(() => visitor.call("/revoke-now"));
    if (session === "server") expect(stored(app)).toBe(before);
    for (const browser of [visitor.call("/drive"), scenario.anotherVisitor().call("/drive", { Cookie: cookie })]) {
      expect((await browser).status).toBe(401);
    }
    expect(google.grants("ada@example.com")).toEqual([]);
  });

  it.each(SESSIONS)("does not undo a sign-out, in a %s session", async (session) => {
    const { scenario, cookie, whileSlow } = await startWithSlowPage(startApp, { session });
    await using _ = scenario;
    const { app, google, visitor } = scenario;
    const before = stored(app);
    await whileSlow(() => visitor.call("/sign-out-now"));
    // The session that the sign-out destroyed is back, under its old ID.
    if (session === "server") expect(stored(app)).toBe(before);
    expect((await visitor.call("/")).body).toMatchObject({ signedIn: false, user: null, scopes: [] });

    google.clock.advance(12 * HOUR);
    const withOldCookie = await scenario.anotherVisitor().call("/", { Cookie: cookie });
    expect(withOldCookie.body).toMatchObject({ signedIn: false, user: null, scopes: [] });
    expect((await scenario.anotherVisitor().call("/drive", { Cookie: cookie })).status).toBe(401);

    // The session in the store is corrected.
    google.clock.advance(48 * HOUR);
    expect((await visitor.call("/")).body).toMatchObject({ signedIn: false });
    expect((await visitor.call("/drive")).status).toBe(401);
  });

  it.each(SESSIONS)("does not undo the sign-out of a user of the app, in a %s session", async (session) => {
    const options = { store: memoryTokenStore(), userId: () => "user 7" };
    const { scenario, whileSlow } = await startWithSlowPage(startApp, { session, options });
    await using _ = scenario;
    const { google, visitor } = scenario;
    await whileSlow(() => visitor.call("/sign-out-now"));
    expect((await visitor.call("/drive")).status).toBe(401);
    google.clock.advance(48 * HOUR);
    expect((await visitor.call("/drive")).status).toBe(401);
    expect((await visitor.call("/")).body).toMatchObject({ signedIn: false });
  });

  it("lets a user who signed out sign in again", async () => {
    const { scenario, whileSlow } = await startWithSlowPage(startApp, {});
    await using _ = scenario;
    const { visitor } = scenario;
    await whileSlow(() => visitor.call("/sign-out-now"));
    expect((await visitor.walk("/drive")).response.body).toMatchObject({ page: "drive" });
    expect((await visitor.call("/")).body.scopes).toContain(DRIVE);
    expect((await visitor.call("/token")).status).toBe(200);
  });
});
