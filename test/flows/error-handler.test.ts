import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, ROUTES, startScenario } from "../harness/app/scenario.ts";

const HOUR = 3600_000;

describe.each(frameworks)("the error handler on %s", (_name, startApp) => {
  it("sends the visitor of a page to consent and back when the handler finds the grant revoked", async () => {
    await using scenario = await startScenario(startApp, { errorHandler: true });
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    google.revokeUser(ADA);
    google.clock.advance(HOUR);
    const { response, visits } = await visitor.walk("/token");
    expect(visits).toBe(1);
    expect(response.body.token).toMatch(/^ya29\./);

    google.revokeUser(ADA);
    google.clock.advance(HOUR);
    const call = await visitor.call("/token");
    expect([call.status, call.body.error]).toEqual([401, "reconnect_required"]);
    expect(call.body.authorizeUrl).toContain("/authorize?scope=");
  });

  it("offers to sign in again if the user's organization requires it", async () => {
    await using scenario = await startScenario(startApp, { errorHandler: true });
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    google.clock.advance(HOUR);
    google.requireReauth(ADA);
    const page = await visitor.open("/token");
    expect(page.status).toBe(401);
    const again = /href="([^"]*\/authorize\?[^"]*)"/.exec(page.text)![1]!.replaceAll("&amp;", "&");
    const { response } = await visitor.walk(again);
    expect(response.body.token).toMatch(/^ya29\./);
  });

  it("does not redirect by itself for an account that no consent can return", async () => {
    await using scenario = await startScenario(startApp, {
      errorHandler: true,
      routes: [...ROUTES, { path: "/other", handle: (auth) => auth.account("999") }],
    });
    const { visitor } = scenario;
    await visitor.walk("/drive");
    const { response, visits } = await visitor.walk("/other");
    expect([response.status, visits]).toEqual([401, 0]);
  });

  it("shows a page with a link while Google is down, and JSON to a script", async () => {
    await using scenario = await startScenario(startApp, { errorHandler: true });
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    google.clock.advance(HOUR);
    google.faults.add({ endpoint: "token", times: Infinity, status: 503, headers: { "Retry-After": "60" } });
    const page = await visitor.open("/token");
    expect([page.status, page.headers["retry-after"]]).toEqual([503, "60"]);
    expect(page.text).toContain('href="/token"');
    expect((await visitor.call("/token")).body).toEqual({ error: "temporarily_unavailable" });
  });

  it("leaves errors of the app to the app", async () => {
    await using scenario = await startScenario(startApp, {
      errorHandler: true,
      routes: [
        ...ROUTES,
        {
          path: "/broken",
          handle: () => {
            throw new Error("the app's own");
          },
        },
      ],
    });
    expect((await scenario.visitor.open("/broken")).body).toEqual({ thrown: "the app's own" });
  });

  it("leaves errors of middleware before Scopegate to the app", async () => {
    await using scenario = await startScenario(startApp, {
      errorHandler: true,
      before: () => {
        throw new Error("thrown early");
      },
    });
    expect((await scenario.visitor.open("/drive")).body).toEqual({ thrown: "thrown early" });
  });
});
