import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { CALENDAR, DRIVE, ROUTES, startScenario } from "../harness/app/scenario.ts";

describe.each(frameworks)("guards on %s", (_name, startApp) => {
  it("respond to a signed-out call with 401 and the address of the sign-in", async () => {
    await using scenario = await startScenario(startApp);
    const { app, visitor } = scenario;
    const response = await visitor.call("/drive", { Referer: `${app.origin}/page?x=1` });
    expect(response.status).toBe(401);
    expect(response.headers["www-authenticate"]).toBe("Bearer");
    expect(response.headers["cache-control"]).toBe("no-store");
    const { error, authorizeUrl } = response.body as { error: string; authorizeUrl: string };
    expect(error).toBe("sign_in_required");
    const url = new URL(authorizeUrl);
    expect(url.origin + url.pathname).toBe(`${app.origin}/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({ scope: DRIVE, return_to: "/page?x=1" });
    const { response: page } = await visitor.walk(authorizeUrl.replace("%2Fpage%3Fx%3D1", "%2Fdrive"));
    expect(page.body.page).toBe("drive");
  });

  it("respond to a call without the scope with 403 and the missing scope", async () => {
    await using scenario = await startScenario(startApp);
    const { visitor } = scenario;
    await visitor.walk("/me");
    const response = await visitor.call("/calendar");
    expect(response.status).toBe(403);
    expect(response.headers["www-authenticate"]).toBe(`Bearer error="insufficient_scope", scope="${CALENDAR}"`);
    expect(response.body).toMatchObject({ error: "insufficient_scope", missing: [CALENDAR] });
  });

  it("send a signed-in navigation to Google for the missing scope only, with a login hint, and back to the page", async () => {
    await using scenario = await startScenario(startApp);
    const { visitor, google } = scenario;
    await visitor.walk("/drive");
    const location = new URL((await visitor.open("/calendar")).headers["location"] as string);
    expect(location.searchParams.get("scope")).toBe(`openid email profile ${CALENDAR}`);
    expect(location.searchParams.get("login_hint")).toBe(
      google.users.find(({ email }) => email === "ada@example.com")!.sub,
    );
    const { response } = await visitor.walk("/calendar");
    expect(response.body).toEqual({ page: "calendar" });
    // The earlier scopes are still granted.
    expect((await visitor.call("/drive")).status).toBe(200);
  });

  it("show a page to a user who has just declined the scope, and ask again on request", async () => {
    await using scenario = await startScenario(startApp);
    const { visitor } = scenario;
    const { response, visits } = await visitor.walk("/drive", { scopes: [] });
    expect(visits).toBe(1);
    expect(response.status).toBe(403);
    expect(response.headers["content-type"]).toContain("text/html");
    expect((await visitor.call("/drive")).status).toBe(403);
    expect((await visitor.call("/me")).status).toBe(200);

    const askAgain = /href="([^"]*\/authorize\?[^"]*)"/.exec(response.text)![1]!.replaceAll("&amp;", "&");
    const again = await visitor.walk(askAgain);
    expect(again.response.body).toMatchObject({ page: "drive" });
  });

  it("ask again ten minutes after a denial", async () => {
    await using scenario = await startScenario(startApp);
    const { visitor, google } = scenario;
    await visitor.walk("/drive", { scopes: [] });
    expect((await visitor.open("/drive")).status).toBe(403);
    google.clock.advance(11 * 60_000);
    expect((await visitor.open("/drive")).status).toBe(302);
  });

  it("show a page after a denial, and keep the session", async () => {
    await using scenario = await startScenario(startApp);
    const { visitor } = scenario;
    const denied = await visitor.walk("/drive", { deny: true });
    expect(denied.response.status).toBe(403);
    expect(denied.response.text).toContain("/authorize?");
    expect((await visitor.call("/")).body.signedIn).toBe(false);

    await visitor.walk("/me");
    const optional = await visitor.walk("/calendar", { deny: true });
    expect(optional.response.status).toBe(403);
    expect((await visitor.call("/me")).status).toBe(200);
    // The denial is remembered: the page explains, and the app does not redirect by itself.
    expect((await visitor.open("/calendar")).status).toBe(403);
  });

  it("accept any of several scopes, and ask for the first one", async () => {
    await using scenario = await startScenario(startApp, {
      routes: [...ROUTES, { path: "/either", guard: { anyOf: [CALENDAR, DRIVE] }, handle: () => ({ page: "either" }) }],
    });
    const { visitor } = scenario;
    const url = new URL((await visitor.open("/either")).headers["location"] as string);
    expect(url.searchParams.get("scope")).toBe(`openid email profile ${CALENDAR}`);
    await visitor.walk("/drive");
    expect((await visitor.call("/either")).body).toEqual({ page: "either" });
  });

  it("never redirect a POST, a frame or a script's call", async () => {
    await using scenario = await startScenario(startApp, {
      routes: [
        ...ROUTES,
        { method: "post", path: "/save", guard: { scopes: [DRIVE] }, handle: () => ({ saved: true }) },
      ],
    });
    const { visitor } = scenario;
    expect((await visitor.post("/save", { text: "long" }, { "Sec-Fetch-Mode": "navigate" })).status).toBe(401);
    expect((await visitor.open("/drive", { "Sec-Fetch-Dest": "iframe" })).status).toBe(401);
    expect((await visitor.call("/drive", { Accept: "*/*" })).status).toBe(401);
    expect((await visitor.call("/drive", { Accept: "text/html" })).status).toBe(401);
  });

  it("redirect a navigation that a service worker passes on, and no other request of one", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor } = scenario;
    // `fetch(event.request)` keeps the mode of the navigation, and sends the destination of a script's request.
    const response = await visitor.open("/drive", { "Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin" });
    expect(response.status).toBe(302);
    expect(response.headers["location"]).toContain(google.endpoints.authorization);
    for (const mode of ["cors", "same-origin", "no-cors"]) {
      const call = await visitor.open("/drive", { "Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": mode });
      expect([call.status, call.body.error], mode).toEqual([401, "sign_in_required"]);
    }
  });

  it("send the response of `onMissing`", async () => {
    await using scenario = await startScenario(startApp, {
      routes: [
        { path: "/error", guard: { signIn: true, options: { onMissing: "error" } }, handle: () => null },
        {
          path: "/own",
          guard: {
            scopes: [DRIVE],
            options: { onMissing: (error) => new Response(`own ${error.code}`, { status: 418 }) },
          },
          handle: () => null,
        },
      ],
    });
    const { app, visitor } = scenario;
    expect((await visitor.open("/error")).body).toEqual({ thrown: "sign_in_required" });
    expect(app.errors.map(({ code, status }) => [code, status])).toEqual([["sign_in_required", 401]]);
    const own = await visitor.open("/own");
    expect([own.status, own.text]).toEqual([418, "own sign_in_required"]);
  });

  it("ask for all scopes of the sign-in when the grant is gone", async () => {
    await using scenario = await startScenario(startApp, { options: { scopes: ["openid", "email", CALENDAR] } });
    const { google, visitor } = scenario;
    await visitor.walk("/me");
    google.revokeUser("ada@example.com");
    google.clock.advance(2 * 3600_000);
    expect((await visitor.call("/token")).body).toEqual({ thrown: "reconnect_required" });
    const location = new URL((await visitor.open("/me")).headers["location"] as string);
    expect(location.searchParams.get("scope")).toBe(`openid email ${CALENDAR}`);
    expect(location.searchParams.get("prompt")).toBe("consent");
  });

  it("treat a revoked grant as signed out: consent for a navigation, 401 for a call", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    google.revokeUser("ada@example.com");
    google.clock.advance(2 * 3600_000);
    expect((await visitor.call("/token")).body).toEqual({ thrown: "reconnect_required" });
    const response = await visitor.call("/drive");
    expect([response.status, response.body.error]).toEqual([401, "reconnect_required"]);
    const { response: page, visits } = await visitor.walk("/drive");
    expect(page.body.page).toBe("drive");
    expect(visits).toBe(1);
  });
});
