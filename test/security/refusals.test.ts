import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, CALENDAR, DRIVE, ROUTES } from "../harness/app/scenario.ts";
import { startAttack } from "../harness/security/attack.ts";

/** Routes that record the runs of their handlers. */
function tracedRoutes(ran: string[]) {
  const guards = {
    "/save": { scopes: [DRIVE] },
    "/save-any": { anyOf: [CALENDAR, DRIVE] },
    "/save-mine": { signIn: true },
  } as const;
  return [
    ...ROUTES,
    ...Object.entries(guards).map(([path, guard]) => ({
      method: "post" as const,
      path,
      guard,
      handle: () => void ran.push(path),
    })),
  ];
}

describe.each(frameworks)("refusals on %s", (_name, startApp) => {
  it("S19 a denial leads to a page or JSON, and never redirects by itself", async () => {
    await using attack = await startAttack(startApp);
    const { victim, google } = attack;
    const asPage = await attack.begin(victim, "/drive", { deny: true });
    const asJson = await attack.begin(victim, "/drive", { deny: true });
    expect(asPage.callback.searchParams.get("error")).toBe("access_denied");
    const visits = google.requests.of("authorization").length;
    const page = await victim.open(asPage.callback.href);
    expect([page.status, page.location, page.headers["refresh"]]).toEqual([403, "", undefined]);
    expect(page.text).not.toMatch(/http-equiv="?refresh/i);
    const program = await victim.call(asJson.callback.href);
    expect([program.status, program.location]).toEqual([403, ""]);
    expect(program.json).toEqual({ error: "access_denied" });
    expect(attack.effects()).toEqual({ tokenRequests: 0, sessions: {} });
    expect(google.requests.of("authorization")).toHaveLength(visits);
  });

  it("S19 a user who declines an optional scope stays signed in with the earlier scopes, and is not asked in a loop", async () => {
    await using attack = await startAttack(startApp);
    const { victim, google } = attack;
    await attack.signIn(victim, "/drive");
    const ids = Object.keys(attack.effects().sessions);
    const { token } = (await victim.call("/token")).json;
    for (const decision of [{ deny: true }, { scopes: [] }]) {
      const { callback } = await attack.begin(victim, "/calendar", decision);
      const answer = await victim.open(callback.href);
      expect([answer.status, answer.location]).toEqual("deny" in decision ? [403, ""] : [302, "/calendar"]);
      for (let times = 0; times < 3; times++) {
        const page = await victim.open("/calendar");
        expect([page.status, page.location]).toEqual([403, ""]);
      }
      expect((await victim.call("/drive")).json).toEqual({ page: "drive", email: ADA });
      expect(Object.keys(attack.effects().sessions)).toEqual(ids);
      google.clock.advance(11 * 60_000);
    }
    expect((await victim.call("/token")).json["token"]).toMatch(/^ya29\./);
    expect(typeof token).toBe("string");
    expect(google.grants(ADA)[0]!.scopes).not.toContain(CALENDAR);
  });

  it("S19 a sign-in scope that Google's response leaves out counts as declined, so the guard that requires it does not loop", async () => {
    const denied: (readonly string[])[] = [];
    await using attack = await startAttack(startApp, {
      routes: [...ROUTES, { path: "/profile", guard: { scopes: ["profile"] }, handle: () => ({ page: "profile" }) }],
      options: { on: { denied: ({ scopes }) => void denied.push(scopes) } },
    });
    const { victim, google } = attack;
    const scope = "openid https://www.googleapis.com/auth/userinfo.email";
    google.faults.add({ endpoint: "token", times: Infinity, transform: (response) => ({ ...response, scope }) });
    await attack.signIn(victim, "/profile");
    for (let times = 0; times < 3; times++) {
      const page = await victim.open("/profile");
      expect([page.status, page.location]).toEqual([403, ""]);
      expect(page.text).toContain("/authorize?");
    }
    expect((await victim.call("/me")).json).toEqual({ email: ADA });
    expect(google.requests.of("authorization")).toHaveLength(1);
    expect(denied).toEqual([["profile"]]);
    // After a while the guard asks again, once.
    google.clock.advance(11 * 60_000);
    await attack.signIn(victim, "/profile");
    expect([(await victim.open("/profile")).status, (await victim.open("/profile")).status]).toEqual([403, 403]);
    expect(google.requests.of("authorization")).toHaveLength(2);

    // When Google grants the scope, the page opens.
    google.faults.clear();
    google.clock.advance(11 * 60_000);
    await attack.signIn(victim, "/profile");
    expect((await victim.open("/profile")).json).toEqual({ page: "profile" });
  });

  it("S20 a guard does not redirect a POST but names the address, and the handler does not run", async () => {
    const ran: string[] = [];
    await using attack = await startAttack(startApp, { routes: tracedRoutes(ran) });
    const { victim, app, google } = attack;
    const asPages = [
      { Accept: "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" },
      { Accept: "text/html" },
      { Accept: "text/html", "X-HTTP-Method-Override": "GET", "X-HTTP-Method": "GET" },
    ] as Record<string, string>[];
    const asJson = [{ Accept: "*/*" }, { Accept: "application/json" }] as Record<string, string>[];
    const asForms = [...asPages, ...asJson];
    const addressIn = ({ text }: { text: string }) =>
      /href="([^"]*\/authorize\?[^"]*)"/.exec(text)![1]!.replaceAll("&amp;", "&");
    for (const path of ["/save", "/save-any", "/save-mine"]) {
      for (const headers of asForms) {
        const answer = await victim.post(path, { text: "a long text, lost in a redirect" }, headers);
        expect([answer.status, answer.location], path).toEqual([401, ""]);
        expect(answer.headers["www-authenticate"]).toBe("Bearer");
        const isPage = asPages.includes(headers);
        expect(answer.headers["content-type"]).toContain(isPage ? "text/html" : "application/json");
        if (!isPage) expect(answer.json["error"]).toBe("sign_in_required");
        const address = isPage ? addressIn(answer) : (answer.json["authorizeUrl"] as string);
        expect(new URL(address).origin).toBe(app.origin);
      }
    }
    expect([...victim.cookies.keys()]).toEqual([]);

    await attack.signIn();
    for (const path of ["/save", "/save-any"]) {
      for (const headers of asForms) {
        const answer = await victim.post(path, { text: "the same" }, headers);
        expect([answer.status, answer.location], path).toEqual([403, ""]);
        expect(answer.headers["www-authenticate"]).toMatch(/^Bearer error="insufficient_scope", scope="https:/);
      }
    }
    expect(ran).toEqual([]);
    expect(google.requests.of("authorization")).toHaveLength(1);

    await attack.signIn(victim, addressIn(await victim.post("/save")));
    for (const path of ["/save", "/save-any", "/save-mine"]) expect((await victim.post(path)).status).toBe(200);
    expect(ran).toEqual(["/save", "/save-any", "/save-mine"]);
  });
});
