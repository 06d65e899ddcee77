import { googleOAuth } from "@scopegate/express";
import type { GoogleAuth } from "@scopegate/express";
import type { Request } from "express";
import type express from "express";
import { describe, expect, it } from "vitest";
import { DRIVE } from "../harness/app/scenario.ts";
import { attemptCookiesOf } from "../harness/security/attack.ts";
import type { RawBrowser } from "../harness/security/browser.ts";
import { expressVersions, startExpress } from "../harness/security/express.ts";

const STAFF = { clientId: "staff.apps.googleusercontent.com", clientSecret: "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nt" };
const SHOP = { clientId: "shop.apps.googleusercontent.com", clientSecret: "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t-" };
const GRACE = "grace@workspace.example";

type Side = "staff" | "shop";
type Clients = Readonly<Record<Side, { readonly clientId: string; readonly clientSecret: string }>>;

/** One app with two instances, each with its routes and its redirect URI below its own path. */
async function startTwo(version: typeof express, clients: Clients = { staff: STAFF, shop: SHOP }) {
  const attack = await startExpress(version, (app, { origin, google }) => {
    const redirectUris = { staff: `${origin}/staff/oauth2callback`, shop: `${origin}/shop/oauth2callback` };
    for (const side of ["staff", "shop"] as const) {
      const shared = clients.staff.clientId === clients.shop.clientId;
      google.addClient({ ...clients[side], redirectUris: shared ? Object.values(redirectUris) : [redirectUris[side]] });
    }
    const instances = (["staff", "shop"] as const).map((side) => {
      const instance = googleOAuth({
        client: clients[side],
        redirectUri: redirectUris[side],
        basePath: `/${side}`,
        name: `${side}Google`,
        endpoints: google.endpoints,
        now: () => google.clock.now(),
      });
      app.use(instance);
      return [side, instance] as const;
    });
    for (const [side, instance] of instances) {
      const authOf = (req: Request) => (req as unknown as Record<string, GoogleAuth>)[`${side}Google`]!;
      app.get(`/${side}/me`, instance.requireSignIn(), (req, res) => void res.json({ email: authOf(req).user?.email }));
      app.get(`/${side}/drive`, instance.requireScopes(DRIVE), (_req, res) => void res.json({ page: "drive" }));
      app.get(`/${side}/token`, (req, res, next) => {
        authOf(req)
          .getAccessToken()
          .then((token) => res.json({ token }), next);
      });
    }
  });
  const begin = async (browser: RawBrowser, side: Side, user = "ada@example.com") => {
    const { location } = await browser.open(`/${side}/authorize`);
    const callback = new URL(await attack.google.approve(location, { user }));
    return { callback, state: callback.searchParams.get("state")!, code: callback.searchParams.get("code")! };
  };
  return {
    attack,
    begin,
    async signIn(browser: RawBrowser, side: Side, user?: string) {
      const { callback } = await begin(browser, side, user);
      expect((await browser.open(callback.href)).location).toBe("/");
    },
    exchanges: () => attack.google.requests.of("token").map(({ form }) => form["client_id"]),
  };
}

describe.each(expressVersions)("two clients in one app on %s", (_name, version) => {
  it("S25 do not accept each other's callbacks, and the honest one still completes", async () => {
    const { attack, begin, exchanges } = await startTwo(version);
    await using _ = attack;
    const browser = attack.newBrowser();
    const pending = { staff: await begin(browser, "staff"), shop: await begin(browser, "shop", GRACE) };
    const before = attack.store.content;
    for (const [from, to] of [
      ["staff", "shop"],
      ["shop", "staff"],
    ] as const) {
      const { callback, state, code } = pending[from];
      // The whole query at the other callback, the code with the other state, and the state with the other code.
      for (const target of [
        `/${to}/oauth2callback${callback.search}`,
        `/${to}/oauth2callback?state=${state}&code=${pending[to].code}`,
        `/${from}/oauth2callback?state=${pending[to].state}&code=${code}`,
      ]) {
        expect((await browser.open(target)).status, target).toBe(400);
      }
    }
    expect(exchanges()).toEqual([]);
    expect(attack.store.content).toEqual(before);
    for (const side of ["staff", "shop"] as const) await browser.open(pending[side].callback.href);
    expect(exchanges()).toEqual([STAFF.clientId, SHOP.clientId]);
    expect((await browser.call("/staff/me")).json).toEqual({ email: "ada@example.com" });
    expect((await browser.call("/shop/me")).json).toEqual({ email: GRACE });
  });

  it("S25 do not open each other's attempts under a changed cookie name", async () => {
    for (const clients of [
      { staff: STAFF, shop: SHOP },
      { staff: STAFF, shop: STAFF },
    ]) {
      const { attack, begin, exchanges } = await startTwo(version, clients);
      await using _ = attack;
      const browser = attack.newBrowser();
      await browser.open("/shop/authorize");
      const [shops] = attemptCookiesOf(browser);
      const { state, code } = await begin(browser, "staff");
      const staffs = attemptCookiesOf(browser).find((name) => name !== shops)!;
      const tag = shops!.slice(0, -16);
      browser.cookies.set(tag + staffs.slice(-16), browser.cookies.get(staffs)!);
      const answer = await browser.open(`/shop/oauth2callback?state=${state}&code=${code}`);
      expect(answer.status).toBe(400);
      expect(exchanges()).toEqual([]);
      expect(attack.store.content).toEqual({});
    }
  });

  it("S25 keep sign-ins apart, even with the same OAuth client", async () => {
    for (const clients of [
      { staff: STAFF, shop: SHOP },
      { staff: STAFF, shop: STAFF },
    ]) {
      const { attack, signIn } = await startTwo(version, clients);
      await using _ = attack;
      const browser = attack.newBrowser();
      await signIn(browser, "staff");
      expect((await browser.call("/staff/me")).status).toBe(200);
      expect((await browser.call("/shop/me")).json["error"]).toBe("sign_in_required");
      expect((await browser.call("/shop/drive")).status).toBe(401);
      expect((await browser.call("/shop/token")).text).toBe("refused");
    }
  });

  it("S25 do not open each other's grants in the session", async () => {
    const { attack, signIn } = await startTwo(version);
    await using _ = attack;
    const browser = attack.newBrowser();
    await signIn(browser, "staff");
    await signIn(browser, "shop", GRACE);
    const [[id, text]] = Object.entries(attack.store.content) as [[string, string]];
    const content = JSON.parse(text) as Record<string, unknown>;
    const keys = Object.keys(content).filter((key) => key.startsWith("scopegate:"));
    const tags = [...new Set(keys.map((key) => key.split(":")[1]!))];
    expect(tags).toHaveLength(2);
    const [one, other] = tags as [string, string];
    const swapped = Object.fromEntries(
      Object.entries(content).map(([key, value]) => [
        key.replace(one, "*").replace(other, one).replace("*", other),
        value,
      ]),
    );
    attack.store.set(id, swapped as never);
    for (const side of ["staff", "shop"] as const) {
      const answer = await browser.call(`/${side}/token`);
      expect(answer.text, side).toBe("refused");
      expect(answer.text).not.toContain("ya29.");
    }
  });
});
