import type { VerifiedUser } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { hasMiddleware, isOnServer } from "../harness/app/matrix.ts";
import { ADA, DRIVE, startScenario } from "../harness/app/scenario.ts";

const GRACE = "grace@workspace.example";

describe.each(frameworks)("signing in on %s", (_name, startApp) => {
  it("sends the visitor of a guarded page to Google and back to that page", async () => {
    await using scenario = await startScenario(startApp);
    const { response, visits } = await scenario.visitor.walk("/drive?folder=7");
    expect(response.body).toEqual({ page: "drive", email: ADA });
    expect(response.request.url).toBe(`${scenario.app.origin}/drive?folder=7`);
    expect(visits).toBe(1);
  });

  it("sends every documented parameter, with a new state, nonce and challenge each time", async () => {
    await using scenario = await startScenario(startApp, { options: { hostedDomain: "workspace.example" } });
    const first = new URL((await scenario.visitor.open("/drive")).headers["location"] as string);
    const second = new URL((await scenario.visitor.open("/drive")).headers["location"] as string);
    expect(Object.fromEntries(first.searchParams)).toMatchObject({
      response_type: "code",
      redirect_uri: `${scenario.app.origin}/oauth2callback`,
      scope: `openid email profile ${DRIVE}`,
      access_type: "offline",
      include_granted_scopes: "true",
      code_challenge_method: "S256",
      hd: "workspace.example",
    });
    for (const name of ["state", "nonce", "code_challenge"]) {
      expect(first.searchParams.get(name)).toMatch(/^[\w-]{43}$/);
      expect(first.searchParams.get(name)).not.toBe(second.searchParams.get(name));
    }
  });

  it("has the given name, the family name and the locale of the ID token in `user`", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor } = scenario;
    google.addUser({ ...google.users.find(({ email }) => email === ADA)!, locale: "en-GB" });
    await visitor.walk("/me");
    const names = { name: "Ada Lovelace", givenName: "Ada", familyName: "Lovelace", locale: "en-GB" };
    expect((await visitor.call("/")).body.user).toMatchObject(names);
    // One word is no family name, and an account without a locale has none.
    google.addUser({ sub: "1077", email: "teller@example.com", name: "Teller" });
    await visitor.walk("/authorize?prompt=select_account", { user: "teller@example.com" });
    const { user } = (await visitor.call("/")).body as { user: object };
    expect(user).toMatchObject({ name: "Teller", givenName: "Teller" });
    expect(Object.keys(user)).not.toEqual(expect.arrayContaining(["familyName"]));
    expect(Object.keys(user)).not.toEqual(expect.arrayContaining(["locale"]));
  });

  it("redirects from the callback to an address without code or state, without caching and Referer", async () => {
    await using scenario = await startScenario(startApp);
    const start = await scenario.visitor.open("/authorize?return_to=/drive");
    const response = await scenario.visitor.open(await scenario.visitor.decide(start.headers["location"] as string));
    expect(response.status).toBe(302);
    expect(response.headers["location"]).toBe("/drive");
    expect(response.headers["cache-control"]).toBe("no-store");
    expect(response.headers["referrer-policy"]).toBe("no-referrer");
  });

  it("sends one consent retry for the refresh token that a sign-out lost", async () => {
    await using scenario = await startScenario(startApp);
    const { visitor, anotherVisitor, google } = scenario;
    await visitor.walk("/drive");
    const other = anotherVisitor();
    const { response, visits, visited } = await other.walk("/drive");
    expect(response.body.page).toBe("drive");
    expect(visits).toBe(2);
    expect(visited.filter((address) => address.includes("prompt=consent"))).not.toHaveLength(0);
    google.clock.advance(2 * 3600_000);
    expect((await other.call("/token")).status).toBe(200);
  });

  it("does not loop if no refresh token ever comes", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor } = scenario;
    google.faults.add({
      endpoint: "token",
      times: Infinity,
      transform: (answer) => ({ ...answer, refresh_token: undefined }),
    });
    const { response, visits } = await visitor.walk("/drive");
    expect(response.body.page).toBe("drive");
    expect(visits).toBe(2);
  });

  it("completes two tabs in either order", async () => {
    await using scenario = await startScenario(startApp);
    const { visitor } = scenario;
    const one = (await visitor.open("/drive?tab=1")).headers["location"] as string;
    const two = (await visitor.open("/drive?tab=2")).headers["location"] as string;
    const callbackTwo = await visitor.decide(two);
    const callbackOne = await visitor.decide(one);
    expect((await visitor.open(callbackTwo)).headers["location"]).toBe("/drive?tab=2");
    // The first tab has stored the refresh token, so that the second one needs no consent retry.
    expect((await visitor.open(callbackOne)).headers["location"]).toBe("/drive?tab=1");
  });

  it("offers a choice if another account comes back, and merges nothing", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor } = scenario;
    await visitor.walk("/authorize");
    const { response } = await visitor.walk("/drive", { user: GRACE });
    expect(response.status).toBe(409);
    expect(response.text).toContain(ADA);
    expect(response.text).toContain(GRACE);
    expect((await visitor.call("/me")).body).toEqual({ email: ADA });

    const graceSub = google.users.find(({ email }) => email === GRACE)!.sub;
    const continueHref = hrefsOf(response.text).find((href) => href.includes(`login_hint=${graceSub}`));
    const walked = await visitor.walk(continueHref!, { user: GRACE });
    expect(walked.response.body).toEqual({ page: "drive", email: GRACE });
  });

  it("refuses an account of another domain, and one that `admit` rejects, and stores nothing", async () => {
    await using strict = await startScenario(startApp, { options: { hostedDomain: "workspace.example" } });
    const outsider = await strict.visitor.walk("/me", { user: ADA });
    expect(outsider.response.status).toBe(403);
    expect((await strict.visitor.call("/")).body).toMatchObject({ signedIn: false });
    expect((await strict.visitor.walk("/me", { user: GRACE })).response.body).toEqual({ email: GRACE });

    const asked: VerifiedUser[] = [];
    await using choosy = await startScenario(startApp, {
      options: { admit: ({ user }) => asked.push(user) > 1 },
    });
    expect((await choosy.visitor.walk("/me")).response.status).toBe(403);
    expect(choosy.app.sessions()).toEqual({});
    expect((await choosy.visitor.walk("/me")).response.body).toEqual({ email: ADA });
  });

  it("refuses an account for which `admit` returns nothing", async () => {
    await using scenario = await startScenario(startApp, { options: { admit: () => undefined as unknown as boolean } });
    expect((await scenario.visitor.walk("/me")).response.status).toBe(403);
  });

  it("calls the app's hooks, and a hook `authorized` that throws refuses the sign-in", async () => {
    const told: string[] = [];
    let refuses = true;
    await using scenario = await startScenario(startApp, {
      options: {
        on: {
          authorized: ({ user }) => {
            told.push(`authorized ${user.email ?? ""}`);
            if (refuses) throw new Error("the database is down");
          },
          failed: ({ error }) => void told.push(`failed ${error.code}`),
          signedOut: ({ user }) => void told.push(`signedOut ${user.email ?? ""}`),
        },
      },
    });
    const { visitor } = scenario;
    expect((await visitor.walk("/me")).response.status).toBe(500);
    expect(scenario.app.sessions()).toEqual({});
    refuses = false;
    expect((await visitor.walk("/me")).response.status).toBe(200);
    await visitor.post("/signout", {}, { "Sec-Fetch-Site": "same-origin" });
    // The refused response had the refresh token, so that a consent retry follows.
    expect(told).toEqual([
      `authorized ${ADA}`,
      "failed internal_error",
      `authorized ${ADA}`,
      `authorized ${ADA}`,
      `signedOut ${ADA}`,
    ]);
  });
});

describe.each(frameworks.filter(hasMiddleware))(
  "signing in with the app's session middleware on %s",
  (_name, startApp) => {
    it("changes the session's ID at sign-in, keeps the visitor's content, and keeps the ID at the next consent", async () => {
      await using scenario = await startScenario(startApp, {
        routes: [
          { path: "/cart", handle: (_auth, session) => (session["cart"] = ["book"]) },
          { path: "/", handle: (auth, session) => ({ email: auth.user?.email, cart: session["cart"] }) },
        ],
        options: { incrementalScopes: [DRIVE] },
      });
      const { app, visitor } = scenario;
      await visitor.open("/cart");
      const [before] = Object.keys(app.sessions());
      const { response } = await visitor.walk("/authorize");
      expect(response.body).toEqual({ email: ADA, cart: ["book"] });
      const [after, ...others] = Object.keys(app.sessions());
      expect(after).not.toBe(before);
      expect(others).toEqual([]);
      await visitor.walk(`/authorize?scope=${DRIVE}`);
      expect(Object.keys(app.sessions())).toEqual([after]);
    });

    it("keeps no content of one user's session for the next user", async () => {
      await using scenario = await startScenario(startApp, {
        routes: [
          { path: "/cart", handle: (_auth, session) => (session["cart"] = ["book"]) },
          {
            path: "/",
            handle: async (auth, session) => ({
              email: auth.user?.email,
              cart: session["cart"] ?? null,
              accounts: (await auth.accounts()).map(({ user }) => user.email),
            }),
          },
        ],
      });
      const { visitor } = scenario;
      await visitor.walk("/authorize");
      await visitor.open("/cart");
      const { response } = await visitor.walk(`/authorize?prompt=select_account`, { user: GRACE });
      expect(response.body).toEqual({ email: GRACE, cart: null, accounts: [GRACE] });
    });
  },
);

describe.each(frameworks.filter(isOnServer))("a session on the server on %s", (_name, startApp) => {
  it("holds no readable token", async () => {
    await using scenario = await startScenario(startApp);
    await scenario.visitor.walk("/drive");
    const { body } = await scenario.visitor.call("/token");
    const content = JSON.stringify(scenario.app.sessions());
    expect(body.token).toMatch(/^ya29\./);
    expect(content).toContain(ADA);
    expect(content).not.toContain(body.token);
    expect(content).not.toMatch(/ya29\.|1\/\/|refreshToken/);
  });
});

/** The addresses of a page's links. */
function hrefsOf(html: string): string[] {
  return [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href!.replaceAll("&amp;", "&"));
}
