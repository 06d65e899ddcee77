import { memoryTokenStore } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, startScenario } from "../harness/app/scenario.ts";

const OWN_PAGE = { "Sec-Fetch-Site": "same-origin" };

describe.each(frameworks)("revoking and signing out on %s", (_name, startApp) => {
  it("shows a confirmation on GET, and changes nothing", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    for (const path of ["/revoke", "/signout"]) {
      const page = await visitor.open(path);
      expect(page.status).toBe(200);
      expect(page.text).toContain(ADA);
      expect(page.text).toContain('method="post"');
      expect(page.headers["referrer-policy"]).toBe("same-origin");
    }
    expect(google.requests.of("revocation")).toHaveLength(0);
    expect((await visitor.call("/drive")).status).toBe(200);
  });

  it("lets the confirmation's form redirect to the return address and to Google only", async () => {
    await using scenario = await startScenario(startApp, { options: { returnOrigins: ["https://spa.example.com"] } });
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    const authorization = new URL(google.endpoints.authorization).origin;
    for (const path of ["/revoke", "/signout"]) {
      for (const [returnTo, origins] of [
        ["https://spa.example.com/bye", `https://spa.example.com ${authorization}`],
        ["/me", authorization],
        ["https://evil.example/", authorization],
      ] as const) {
        const page = await visitor.open(`${path}?return_to=${encodeURIComponent(returnTo)}`);
        const policy = page.headers["content-security-policy"] as string;
        expect(policy.split("; ")).toContain(`form-action 'self' ${origins}`);
      }
    }
  });

  it("revokes at Google and here, with the token in the body", async () => {
    await using scenario = await startScenario(startApp);
    const { app, google, visitor } = scenario;
    await visitor.walk("/drive");
    const [before] = Object.keys(app.sessions());
    const response = await visitor.post("/revoke?return_to=/", {}, OWN_PAGE);
    expect([response.status, response.headers["location"]]).toEqual([303, "/"]);
    const [request] = google.requests.of("revocation");
    expect(request!.form["token"]).toMatch(/^1\/\//);
    expect(request!.path).not.toContain("token=");
    expect(google.grants(ADA)).toEqual([]);
    expect((await visitor.call("/drive")).body.error).toBe("sign_in_required");
    expect(Object.keys(app.sessions())).not.toContain(before);
  });

  it("deletes the grant here even if Google fails, and reports it", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    google.faults.add({ endpoint: "revocation", times: Infinity, status: 500 });
    const response = await visitor.post("/revoke", {}, OWN_PAGE);
    expect(response.status).toBe(502);
    expect(response.text).toContain("Removed here");
    expect((await visitor.call("/drive")).body.error).toBe("sign_in_required");
  });

  it("treats an invalid token as revoked", async () => {
    await using scenario = await startScenario(startApp);
    await scenario.visitor.walk("/drive");
    scenario.google.revokeUser(ADA);
    expect((await scenario.visitor.post("/revoke", {}, OWN_PAGE)).status).toBe(303);
  });

  it("signs out here only, and Google keeps the consent", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    expect((await visitor.post("/signout", {}, OWN_PAGE)).status).toBe(303);
    expect((await visitor.call("/")).body).toEqual({ signedIn: false, user: null, scopes: [] });
    expect(google.grants(ADA)).toHaveLength(1);
    expect(google.requests.of("revocation")).toHaveLength(0);
  });

  it("accepts the form token if the browser sends no origin, and refuses other sites", async () => {
    await using scenario = await startScenario(startApp);
    const { app, visitor, anotherVisitor } = scenario;
    await visitor.walk("/drive");
    const stranger = anotherVisitor();
    await stranger.walk("/drive");
    const tokenOf = (html: string) => /name="token" value="([^"]+)"/.exec(html)![1]!;
    const foreign = tokenOf((await stranger.open("/signout")).text);
    const own = tokenOf((await visitor.open("/signout")).text);

    for (const headers of [
      {},
      { Origin: "null" },
      { Origin: "https://evil.example" },
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
    ]) {
      for (const token of ["", foreign]) {
        expect((await visitor.post("/signout", { token }, headers)).status, JSON.stringify(headers)).toBe(403);
      }
    }
    expect((await visitor.post("/revoke", { token: own })).status).toBe(403);
    expect((await visitor.post("/signout", { token: own }, { "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
    expect((await visitor.call("/me")).status).toBe(200);

    expect((await visitor.post("/signout", { token: own })).status).toBe(303);
    await visitor.walk("/me");
    expect((await visitor.post("/signout", {}, { Origin: app.origin })).status).toBe(303);
    expect((await visitor.call("/me")).status).toBe(401);
  });

  it("responds to a script with JSON, and to other methods with 405", async () => {
    await using scenario = await startScenario(startApp);
    const { visitor } = scenario;
    await visitor.walk("/drive");
    const response = await visitor.post("/signout", {}, { ...OWN_PAGE, Accept: "application/json" });
    expect([response.status, response.body]).toEqual([200, { ok: true }]);
    const wrong = await visitor.post("/authorize", {}, OWN_PAGE);
    expect([wrong.status, wrong.headers["allow"]]).toEqual([405, "GET, HEAD"]);
  });

  it("ends every session of a subject, on any device, from a shared store", async () => {
    await using scenario = await startScenario(startApp, { options: { store: memoryTokenStore() } });
    const { app, google, visitor, anotherVisitor } = scenario;
    const phone = anotherVisitor();
    await visitor.walk("/drive");
    await phone.walk("/drive");
    google.clock.advance(1000);
    await app.google.signOutEverywhere(google.users.find(({ email }) => email === ADA)!.sub);
    expect((await visitor.call("/drive")).body.error).toBe("sign_in_required");
    expect((await phone.call("/drive")).body.error).toBe("sign_in_required");
    google.clock.advance(1000);
    expect((await phone.walk("/drive")).response.body.page).toBe("drive");
  });

  it("keeps a user of the app signed out of Google until the next sign-in, although the store has the grant", async () => {
    await using scenario = await startScenario(startApp, { options: { store: memoryTokenStore(), userId: () => 7 } });
    const { visitor, anotherVisitor } = scenario;
    await visitor.walk("/drive");
    // The same user on another device still has the grant.
    const phone = anotherVisitor();
    expect((await phone.call("/drive")).status).toBe(200);
    await phone.post("/signout", {}, OWN_PAGE);
    expect((await phone.call("/drive")).body.error).toBe("sign_in_required");
    expect((await visitor.call("/drive")).status).toBe(200);
  });
});
