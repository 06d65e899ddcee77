// A session is written as a whole by whichever request ends last. A slow request that began before a refresh or a
// sign-out, and changes anything of its own, so writes back what was there when it began.
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

/** A scenario with a signed-in visitor, and a page that changes the session and ends when it is told to. */
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
    /** Runs `between` while the slow page is under way, and lets it end after that. */
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

/** What the app's session store holds of Scopegate's, without the note. */
function stored(app: TestApp): string {
  return JSON.stringify(
    Object.values(app.sessions()).flatMap((content) =>
      Object.entries(content).filter(([key]) => key.startsWith("scopegate:")),
    ),
  );
}

describe.each(everyCell.filter(isWrittenWhole))("a slow request on %s", (_name, startApp) => {
  it.each(SESSIONS)("does not bring back the grant from before a refresh, in a %s session", async (session) => {
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
    // The session is put right for good, not only for as long as the process remembers.
    expect(stored(app)).toBe(after);
  });

  it.each(SESSIONS)("does not bring back a grant that was revoked, in a %s session", async (session) => {
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

  it.each(SESSIONS)("does not sign in again who has signed out, in a %s session", async (session) => {
    const { scenario, cookie, whileSlow } = await startWithSlowPage(startApp, { session });
    await using _ = scenario;
    const { app, google, visitor } = scenario;
    const before = stored(app);
    await whileSlow(() => visitor.call("/sign-out-now"));
    // The session that sign-out had destroyed is there again, under the ID that it had.
    if (session === "server") expect(stored(app)).toBe(before);
    expect((await visitor.call("/")).body).toMatchObject({ signedIn: false, user: null, scopes: [] });

    google.clock.advance(12 * HOUR);
    const withOldCookie = await scenario.anotherVisitor().call("/", { Cookie: cookie });
    expect(withOldCookie.body).toMatchObject({ signedIn: false, user: null, scopes: [] });
    expect((await scenario.anotherVisitor().call("/drive", { Cookie: cookie })).status).toBe(401);

    // Put right for good, not only for as long as the process remembers.
    google.clock.advance(48 * HOUR);
    expect((await visitor.call("/")).body).toMatchObject({ signedIn: false });
    expect((await visitor.call("/drive")).status).toBe(401);
  });

  it.each(SESSIONS)(
    "does not sign in again a user of the app who has left Google, in a %s session",
    async (session) => {
      const options = { store: memoryTokenStore(), userId: () => "user 7" };
      const { scenario, whileSlow } = await startWithSlowPage(startApp, { session, options });
      await using _ = scenario;
      const { google, visitor } = scenario;
      await whileSlow(() => visitor.call("/sign-out-now"));
      expect((await visitor.call("/drive")).status).toBe(401);
      google.clock.advance(48 * HOUR);
      expect((await visitor.call("/drive")).status).toBe(401);
      expect((await visitor.call("/")).body).toMatchObject({ signedIn: false });
    },
  );

  it("does not keep who signed out from signing in again", async () => {
    const { scenario, whileSlow } = await startWithSlowPage(startApp, {});
    await using _ = scenario;
    const { visitor } = scenario;
    await whileSlow(() => visitor.call("/sign-out-now"));
    expect((await visitor.walk("/drive")).response.body).toMatchObject({ page: "drive" });
    expect((await visitor.call("/")).body.scopes).toContain(DRIVE);
    expect((await visitor.call("/token")).status).toBe(200);
  });
});
