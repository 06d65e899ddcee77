import { memoryTokenStore } from "@scopegate/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, CALENDAR, DRIVE, ROUTES, startScenario } from "../harness/app/scenario.ts";
import type { Scenario } from "../harness/app/scenario.ts";

const HOUR = 3600_000;
const refreshes = ({ google }: Scenario) =>
  google.requests.of("token").filter(({ form }) => form["grant_type"] === "refresh_token");

const stores = [
  ["the session", () => ({})],
  ["a shared store", () => ({ store: memoryTokenStore() })],
] as const;

describe.each(frameworks)("access tokens on %s", (_name, startApp) => {
  describe.each(stores)("with grants in %s", (_store, storeOption) => {
    it("are reused until they expire, and then refreshed once for any number of callers", async () => {
      await using scenario = await startScenario(startApp, { options: storeOption() });
      const { google, visitor } = scenario;
      await visitor.walk("/drive");
      const { token: first } = (await visitor.call("/token")).body;
      expect((await visitor.call("/token")).body.token).toBe(first);
      expect(refreshes(scenario)).toHaveLength(0);

      google.clock.advance(HOUR);
      const answers = await Promise.all(Array.from({ length: 30 }, () => visitor.call("/token")));
      const tokens = new Set(answers.map(({ body }) => body.token as string));
      expect(tokens.size).toBe(1);
      expect(tokens).not.toContain(first);
      expect(refreshes(scenario)).toHaveLength(1);
      expect(refreshes(scenario)[0]!.form).not.toHaveProperty("scope");
      // The store has it for the next request.
      expect((await visitor.call("/token")).body.token).toBe([...tokens][0]);
      expect(refreshes(scenario)).toHaveLength(1);
    });

    it("expire by mock timers that the test installs after the app has started", async () => {
      const defaultClock: object = { now: undefined };
      await using scenario = await startScenario(startApp, { options: { ...storeOption(), ...defaultClock } });
      const { visitor } = scenario;
      await visitor.walk("/drive");
      const { token: first } = (await visitor.call("/token")).body;
      onTestFinished(() => void vi.useRealTimers());
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + HOUR });
      const { token: second } = (await visitor.call("/token")).body;
      expect(second).toMatch(/^ya29\./);
      expect(second).not.toBe(first);
      expect(refreshes(scenario)).toHaveLength(1);
    });

    it("are refreshed on request", async () => {
      await using scenario = await startScenario(startApp, {
        options: storeOption(),
        routes: [
          ...ROUTES,
          { path: "/force", handle: async (auth) => ({ token: await auth.getAccessToken({ forceRefresh: true }) }) },
        ],
      });
      const { visitor } = scenario;
      await visitor.walk("/drive");
      const { token } = (await visitor.call("/token")).body;
      const forced = (await visitor.call("/force")).body.token;
      expect(forced).not.toBe(token);
      expect((await visitor.call("/token")).body.token).toBe(forced);
    });

    it("are replaced once when an API rejects them, and the call is retried", async () => {
      await using scenario = await startScenario(startApp, {
        options: storeOption(),
        routes: [
          ...ROUTES,
          {
            path: "/files",
            handle: async (auth, _session, query) => {
              const response = await auth.fetch(`${query.get("api")!}/files`);
              return { status: response.status, body: await response.json() };
            },
          },
        ],
      });
      const { google, visitor } = scenario;
      await visitor.walk("/drive");
      google.expireAccessTokens(ADA);
      const files = `/files?api=${encodeURIComponent(google.apis.drive)}`;
      const answers = await Promise.all(Array.from({ length: 10 }, () => visitor.call(files)));
      expect(answers.map(({ body }) => body.status)).toEqual(Array.from({ length: 10 }, () => 200));
      expect(answers[0]!.body.body.files).not.toHaveLength(0);
      expect(refreshes(scenario)).toHaveLength(1);
    });

    it("end with the grant only when Google rejects the refresh token", async () => {
      await using scenario = await startScenario(startApp, { options: storeOption() });
      const { google, visitor } = scenario;
      await visitor.walk("/drive");
      google.clock.advance(HOUR);

      google.faults.add({ endpoint: "token", times: Infinity, status: 503, headers: { "Retry-After": "30" } });
      const down = await visitor.call("/token");
      expect([down.status, down.headers["retry-after"], down.body]).toEqual([
        503,
        "30",
        { thrown: "temporarily_unavailable" },
      ]);
      google.faults.clear();
      expect((await visitor.call("/token")).status).toBe(200);

      google.revokeUser(ADA);
      google.clock.advance(HOUR);
      google.requests.clear();
      const dead = await Promise.all(Array.from({ length: 5 }, () => visitor.call("/token")));
      for (const answer of dead) expect([answer.status, answer.body]).toEqual([401, { thrown: "reconnect_required" }]);
      expect(refreshes(scenario)).toHaveLength(1);
      // The rejected refresh token is not sent again.
      expect((await visitor.call("/token")).body).toEqual({ thrown: "reconnect_required" });
      expect(refreshes(scenario)).toHaveLength(1);
    });

    it("stay when the organization requires a new sign-in (invalid_rapt)", async () => {
      await using scenario = await startScenario(startApp, { options: storeOption() });
      const { google, visitor } = scenario;
      await visitor.walk("/drive");
      google.clock.advance(HOUR);
      google.requireReauth(ADA);
      expect((await visitor.call("/token")).body).toEqual({ thrown: "reauthentication_required" });
      expect((await visitor.call("/drive")).status).toBe(200);
    });

    it("without a refresh token expire after an hour, and the next guard asks again", async () => {
      await using scenario = await startScenario(startApp, { options: { ...storeOption(), accessType: "online" } });
      const { google, visitor } = scenario;
      const { visits } = await visitor.walk("/drive");
      expect(visits).toBe(1);
      google.clock.advance(HOUR);
      expect((await visitor.call("/token")).body).toEqual({ thrown: "reconnect_required" });
      expect((await visitor.call("/drive")).body.error).toBe("reconnect_required");
      expect((await visitor.walk("/drive")).response.body.page).toBe("drive");
    });
  });

  it("go only to allowed hosts, and only in the header", async () => {
    await using scenario = await startScenario(startApp, {
      routes: [
        ...ROUTES,
        {
          path: "/fetch",
          handle: async (auth, _session, query) => ({ status: (await auth.fetch(query.get("url")!)).status }),
        },
      ],
    });
    const { app, google, visitor } = scenario;
    await visitor.walk("/drive");
    for (const url of [
      "https://evil.example/drive",
      "https://googleapis.com.evil.example/",
      `${app.origin}/`,
      "http://www.googleapis.com/",
    ]) {
      expect((await visitor.call(`/fetch?url=${encodeURIComponent(url)}`)).status, url).toBe(500);
    }
    expect((await visitor.call(`/fetch?url=${encodeURIComponent(`${google.apis.drive}/files`)}`)).body).toEqual({
      status: 200,
    });
    const [sent] = google.requests.of("drive");
    expect(sent!.headers["authorization"]).toMatch(/^Bearer ya29\./);
    expect(sent!.path).not.toContain("token");
  });

  it("are available to jobs from a shared store", async () => {
    await using scenario = await startScenario(startApp, {
      options: { store: memoryTokenStore(), userId: () => "user-1" },
    });
    const { app, google, visitor } = scenario;
    await visitor.walk("/drive");
    google.clock.advance(HOUR);
    const user = app.google.forUser("user-1");
    const response = await user.fetch(`${google.apis.drive}/files`);
    expect(response.status).toBe(200);
    const [account] = await user.accounts();
    expect([account!.user.email, account!.hasScopes(DRIVE), account!.hasScopes(CALENDAR)]).toEqual([ADA, true, false]);
    await expect(app.google.forUser("user-2").getAccessToken()).rejects.toMatchObject({ code: "reconnect_required" });
  });

  it("need a request if grants live in sessions", async () => {
    await using scenario = await startScenario(startApp);
    expect(() => scenario.app.google.forUser("user-1")).toThrow(/session token store/);
    await expect(scenario.app.google.signOutEverywhere("1")).rejects.toThrow(TypeError);
  });
});
