import { memoryTokenStore } from "@scopegate/core";
import type { FailureEvent, HookEvent, ScopegateOptions } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { GRACE, linkingRoutes, startWithAda, userId } from "../harness/app/linking.ts";
import { hasMiddleware } from "../harness/app/matrix.ts";
import { ADA, CALENDAR, DRIVE, startScenario } from "../harness/app/scenario.ts";

const HOUR = 3600_000;
const OWN_PAGE = { "Sec-Fetch-Site": "same-origin" };

const stores: readonly (readonly [string, () => ScopegateOptions])[] = [
  ["the session store", () => ({})],
  ["a shared store", () => ({ store: memoryTokenStore() })],
];

describe.each(frameworks)("linking an account on %s", (_name, startApp) => {
  it.each(stores)("adds it to the signed-in user, and changes nothing else, with %s", async (_store, optionsOf) => {
    await using scenario = await startWithAda(startApp, optionsOf());
    const { app, google, visitor, ada, grace } = scenario;
    // She declines her calendar, which is remembered.
    await visitor.walk("/calendar", { scopes: [DRIVE] });
    const before = app.sessions();
    google.requests.clear();

    const scope = encodeURIComponent(CALENDAR);
    const linked = await visitor.walk(`/authorize?link=1&scope=${scope}&return_to=/accounts`, { user: GRACE });
    expect(linked.visits).toBe(1);
    expect(linked.response.body).toEqual([
      [GRACE, true],
      [ADA, false],
    ]);
    const [asked] = google.requests.of("authorization");
    expect(asked!.query).toMatchObject({ prompt: "select_account", scope: expect.stringContaining(CALENDAR) });
    expect(asked!.query).not.toHaveProperty("login_hint");

    expect(Object.keys(app.sessions())).toEqual(Object.keys(before));
    expect((await visitor.call("/")).body).toMatchObject({ signedIn: true, user: { email: ADA } });
    expect((await visitor.call("/drive")).body).toMatchObject({ email: ADA });
    const calendar = await visitor.open("/calendar");
    expect([calendar.status, calendar.text.includes("switched off")]).toEqual([403, true]);
    const tokens = await Promise.all([ada, grace].map((sub) => visitor.call(`/token-of?sub=${sub}`)));
    expect(new Set(tokens.map(({ body }) => (body as { token: string }).token)).size).toBe(2);
  });

  it.each(stores)(
    "refreshes its grant separately, and it stays a linked account, with %s",
    async (_store, optionsOf) => {
      const told: HookEvent[] = [];
      await using scenario = await startWithAda(startApp, {
        ...optionsOf(),
        on: { refreshed: (event) => void told.push(event) },
      });
      const { google, visitor, ada, grace } = scenario;
      await visitor.walk("/authorize?link=1", { user: GRACE });
      google.clock.advance(HOUR);
      expect((await visitor.call(`/token-of?sub=${grace}`)).body).toHaveProperty("token");
      expect(told.map(({ user, linked, ...event }) => [user.email, event.userId, linked])).toEqual([
        [GRACE, ada, true],
      ]);
      expect((await visitor.call("/accounts")).body).toContainEqual([GRACE, true]);
    },
  );

  it("can begin by `authorizationUrl`, with additional scopes and a prompt", async () => {
    await using scenario = await startWithAda(startApp);
    const { visitor } = scenario;
    const addressOf = async (path: string) =>
      new URL(((await visitor.call(path)).body as { url: string }).url).searchParams;
    expect((await addressOf("/link-address")).get("prompt")).toBe("select_account");
    expect((await addressOf("/link-address?prompt=consent")).get("prompt")).toBe("select_account consent");
    expect((await addressOf("/link-address?prompt=none")).get("prompt")).toBe("none");
    const url = ((await visitor.call("/link-address")).body as { url: string }).url;
    await visitor.open(await visitor.decide(url, { user: GRACE }));
    expect((await visitor.call("/accounts")).body).toEqual([
      [GRACE, true],
      [ADA, false],
    ]);
  });

  it("treats the choice of the signed-in account as an ordinary consent", async () => {
    await using scenario = await startWithAda(startApp);
    const { visitor } = scenario;
    const { response } = await visitor.walk("/authorize?link=1&return_to=/calendar", { user: ADA });
    expect(response.body).toEqual({ page: "calendar" });
    expect((await visitor.call("/accounts")).body).toEqual([[ADA, false]]);
    expect((await visitor.call("/drive")).status).toBe(200);
  });

  it("sends a consent retry without an account chooser if no refresh token came", async () => {
    await using scenario = await startWithAda(startApp, { store: memoryTokenStore() });
    const { google, visitor, anotherVisitor, grace } = scenario;
    // Grace has consented before, in her own browser.
    await anotherVisitor().walk("/drive", { user: GRACE });
    google.requests.clear();
    const { visits } = await visitor.walk("/authorize?link=1", { user: GRACE }, {});
    expect(visits).toBe(2);
    const [, again] = google.requests.of("authorization");
    expect(again!.query).toMatchObject({ prompt: "consent", login_hint: grace });
    google.clock.advance(HOUR);
    expect((await visitor.call(`/token-of?sub=${grace}`)).body).toHaveProperty("token");
    expect((await visitor.call("/")).body).toMatchObject({ user: { email: ADA } });
  });

  it("needs a signed-in user", async () => {
    await using scenario = await startWithAda(startApp);
    const stranger = scenario.anotherVisitor();
    const answer = await stranger.open("/authorize?link=1");
    expect([answer.status, answer.headers["location"]]).toEqual([401, undefined]);
    expect(answer.text).toContain("Please sign in");
    expect((await stranger.call("/link-address")).body).toMatchObject({ error: "sign_in_required" });
  });

  it("calls `admit` with the information that it is a link", async () => {
    const told: unknown[] = [];
    await using scenario = await startWithAda(startApp, {
      admit: ({ user, linked }) => {
        told.push(["admit", user.email, linked]);
        return user.email === ADA || !linked;
      },
      on: { authorized: ({ user, linked }) => void told.push(["authorized", user.email, linked]) },
    });
    const { visitor } = scenario;
    const { response } = await visitor.walk("/authorize?link=1", { user: GRACE });
    expect(response.status).toBe(403);
    expect(told).toEqual([
      ["admit", ADA, undefined],
      ["authorized", ADA, undefined],
      ["admit", GRACE, true],
    ]);
    expect((await visitor.call("/accounts")).body).toEqual([[ADA, false]]);
    expect((await visitor.call("/drive")).status).toBe(200);
  });

  it("reports scopes that the linked account declined, and does not count them for the signed-in user", async () => {
    const denied: unknown[] = [];
    await using scenario = await startWithAda(startApp, {
      on: { denied: ({ user, scopes, linked }) => void denied.push([user?.email, scopes, linked]) },
    });
    const { visitor } = scenario;
    const path = `/authorize?link=1&scope=${encodeURIComponent(CALENDAR)}`;
    await visitor.walk(path, { user: GRACE, scopes: [] });
    const { response } = await visitor.walk(path, { user: GRACE, deny: true });
    expect(response.status).toBe(403);
    expect(response.text).toContain("link=1");
    expect(denied).toEqual([
      [GRACE, [CALENDAR], true],
      [ADA, [CALENDAR], true],
    ]);
    // A guard asks Ada, who has not declined the scope.
    expect((await visitor.open("/calendar")).status).toBe(302);
  });
});

describe.each(frameworks)("a linked account on %s", (_name, startApp) => {
  it.each(stores)("is revoked at Google and here, and the user stays signed in, with %s", async (_store, optionsOf) => {
    const told: HookEvent[] = [];
    await using scenario = await startWithAda(startApp, {
      ...optionsOf(),
      on: { revoked: (event) => void told.push(event) },
    });
    const { google, visitor, ada, grace } = scenario;
    await visitor.walk("/authorize?link=1", { user: GRACE });
    expect((await visitor.call(`/unlink?sub=${grace}`)).status).toBe(200);
    expect(google.grants(GRACE)).toEqual([]);
    expect((await visitor.call("/accounts")).body).toEqual([[ADA, false]]);
    expect((await visitor.call("/drive")).status).toBe(200);
    expect(told).toMatchObject([{ user: { email: GRACE }, linked: true, request: expect.anything() }]);

    // Revoking the signed-in account works as without links.
    expect((await visitor.call(`/unlink?sub=${ada}`)).status).toBe(200);
    expect(google.grants(ADA)).toEqual([]);
    expect((await visitor.call("/")).body).toMatchObject({ signedIn: false });
    expect(told[1]).not.toHaveProperty("linked");
  });

  it.each(stores)("disappears alone when Google rejects its refresh token, with %s", async (_store, optionsOf) => {
    const failures: FailureEvent[] = [];
    await using scenario = await startWithAda(startApp, {
      ...optionsOf(),
      on: { failed: (event) => void failures.push(event) },
    });
    const { google, visitor, ada, grace } = scenario;
    await visitor.walk("/authorize?link=1", { user: GRACE });
    google.revokeUser(GRACE);
    google.clock.advance(HOUR);
    const dead = await visitor.call(`/token-of?sub=${grace}`);
    expect([dead.status, dead.body.error]).toEqual([401, "reconnect_required"]);
    expect(failures).toEqual([
      { error: expect.objectContaining({ code: "reconnect_required" }), userId: ada, account: grace },
    ]);
    expect((await visitor.call("/accounts")).body).toEqual([[ADA, false]]);
    expect((await visitor.call("/drive")).status).toBe(200);
    expect((await visitor.call("/token")).body).toHaveProperty("token");

    // A page that needs the account offers to link it again, and the user comes back.
    const page = await visitor.open(`/token-of?sub=${grace}`);
    const again = /href="([^"]*link=1[^"]*)"/.exec(page.text)![1]!.replaceAll("&amp;", "&");
    const { response } = await visitor.walk(again, {});
    expect(response.body).toHaveProperty("token");
  });

  it("is lost with a session that ends, and stays in a shared store", async () => {
    await using inSession = await startWithAda(startApp);
    await inSession.visitor.walk("/authorize?link=1", { user: GRACE });
    await inSession.visitor.post("/signout", {}, OWN_PAGE);
    expect(JSON.stringify(inSession.app.sessions())).not.toContain("payload");

    await using shared = await startWithAda(startApp, { store: memoryTokenStore() });
    await shared.visitor.walk("/authorize?link=1", { user: GRACE });
    await shared.visitor.post("/signout", {}, OWN_PAGE);
    expect((await shared.visitor.call("/accounts")).body).toEqual([]);
    await shared.visitor.walk("/drive");
    expect((await shared.visitor.call("/accounts")).body).toEqual([
      [ADA, false],
      [GRACE, true],
    ]);
  });

  it("cannot be used by requests after its subject was signed out everywhere, until a new consent", async () => {
    await using scenario = await startWithAda(startApp, { store: memoryTokenStore() });
    const { app, google, visitor, ada, grace } = scenario;
    await visitor.walk("/authorize?link=1", { user: GRACE });
    google.clock.advance(1000);
    await app.google.signOutEverywhere(grace);
    expect((await visitor.call("/drive")).status).toBe(200);
    expect((await visitor.call("/accounts")).body).toEqual([[ADA, false]]);
    expect((await visitor.call(`/token-of?sub=${grace}`)).status).toBe(401);
    // Jobs can still use it, since a sign-out revokes no grant.
    expect((await app.google.forUser(ada, { account: grace }).account()).isLinked).toBe(true);
    google.clock.advance(1000);
    await visitor.walk("/authorize?link=1", { user: GRACE });
    expect((await visitor.call(`/token-of?sub=${grace}`)).body).toHaveProperty("token");
  });
});

describe.each(frameworks.filter(hasMiddleware))("an account linked by a user of the app on %s", (_name, startApp) => {
  it("belongs to the app's user on any device, signs no user in, and is not the default account of jobs", async () => {
    await using scenario = await startScenario(startApp, {
      routes: linkingRoutes,
      options: { store: memoryTokenStore(), userId },
    });
    const { app, google, visitor, anotherVisitor } = scenario;
    const sub = google.users.find(({ email }) => email === ADA)!.sub;
    await visitor.call("/log-in?as=42");
    // Without a signed-in user, the first account is the one of the sign-in.
    await visitor.walk("/authorize?link=1");
    expect((await visitor.call("/")).body).toMatchObject({ user: { email: ADA } });
    await visitor.walk("/authorize?link=1", { user: GRACE });
    expect((await app.google.forUser(42).account()).user.email).toBe(ADA);

    const phone = anotherVisitor();
    await phone.call("/log-in?as=42");
    expect((await phone.call("/me")).body).toEqual({ email: ADA });
    expect((await phone.call("/accounts")).body).toEqual([
      [GRACE, true],
      [ADA, false],
    ]);
    await (await app.google.forUser(42).account(sub)).revoke();
    const tablet = anotherVisitor();
    await tablet.call("/log-in?as=42");
    expect((await tablet.call("/me")).body).toMatchObject({ error: "sign_in_required" });
    expect((await tablet.call("/accounts")).body).toEqual([[GRACE, true]]);
  });
});
