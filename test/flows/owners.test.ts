import { memoryTokenStore } from "@scopegate/core";
import type { TokenStore } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { hasMiddleware } from "../harness/app/matrix.ts";
import { ADA, ROUTES, startScenario } from "../harness/app/scenario.ts";
import type { TestRoute } from "../harness/app/test-app.ts";

const GRACE = "grace@workspace.example";
const OWN_PAGE = { "Sec-Fetch-Site": "same-origin" };

const ACCOUNTS: readonly TestRoute[] = [
  ...ROUTES,
  {
    path: "/account",
    handle: async (auth, _session, query) => {
      const account = await auth.account(query.get("sub")!);
      return { email: account.user.email, token: await account.getAccessToken() };
    },
  },
  { path: "/accounts", handle: async (auth) => (await auth.accounts()).map(({ user }) => user.email) },
  {
    path: "/log-in",
    handle: (_auth, session, query) => {
      session["userId"] = query.get("as");
      return null;
    },
  },
];
const userId = (req: unknown) => (req as { session: { userId?: string } }).session.userId;

describe.each(frameworks)("the owner of a grant on %s", (_name, startApp) => {
  it("is the only user who can use it, even if others name the account", async () => {
    await using scenario = await startScenario(startApp, { routes: ACCOUNTS, options: { store: memoryTokenStore() } });
    const { google, visitor, anotherVisitor } = scenario;
    const subOf = (email: string) => google.users.find((user) => user.email === email)!.sub;
    await visitor.walk("/drive");
    const grace = anotherVisitor();
    await grace.walk("/drive", { user: GRACE });
    expect((await grace.call(`/account?sub=${subOf(ADA)}`)).body).toEqual({ thrown: "reconnect_required" });
    expect((await grace.call(`/account?sub=${subOf(GRACE)}`)).body).toMatchObject({ email: GRACE });
    expect((await anotherVisitor().call(`/account?sub=${subOf(ADA)}`)).body).toEqual({ thrown: "sign_in_required" });
  });

  it.each([
    ["false", () => false],
    ["a promise", async () => "user"],
    ["an object", () => ({})],
    ["NaN", () => Number.NaN],
    ["a fraction", () => 1.5],
  ])("is not shared by several users if `userId` returns %s, which is rejected", async (_what, wrong) => {
    await using scenario = await startScenario(startApp, {
      options: { store: memoryTokenStore(), userId: wrong as () => string },
    });
    const { app, visitor } = scenario;
    expect((await visitor.open("/drive")).status).toBe(500);
    expect(app.errors[0]).toBeInstanceOf(TypeError);
    expect(app.errors[0]!.message).toContain("userId");
  });
});

describe.each(frameworks.filter(hasMiddleware))(
  "the owner of a grant, for users of the app, on %s",
  (_name, startApp) => {
    it("is not an app user whose ID equals a Google subject", async () => {
      await using scenario = await startScenario(startApp, {
        routes: ACCOUNTS,
        options: { store: memoryTokenStore(), userId },
      });
      const { google, visitor, anotherVisitor } = scenario;
      await visitor.walk("/drive");
      const impostor = anotherVisitor();
      await impostor.call(`/log-in?as=${google.users[0]!.sub}`);
      expect((await impostor.call("/drive")).body.error).toBe("sign_in_required");
      expect((await impostor.call("/accounts")).body).toEqual([]);
    });

    it("can have several accounts, the latest first", async () => {
      await using scenario = await startScenario(startApp, {
        routes: ACCOUNTS,
        options: { store: memoryTokenStore(), userId },
      });
      const { app, google, visitor } = scenario;
      await visitor.call("/log-in?as=42");
      await visitor.walk("/drive");
      await visitor.walk("/authorize?prompt=select_account", { user: GRACE });
      expect((await visitor.call("/accounts")).body).toEqual([GRACE, ADA]);
      const sub = google.users.find(({ email }) => email === ADA)!.sub;
      expect((await visitor.call(`/account?sub=${sub}`)).body).toMatchObject({ email: ADA });
      expect((await app.google.forUser(42).accounts()).map(({ user }) => user.email)).toEqual([GRACE, ADA]);
      expect(() => app.google.forUser("")).toThrow(TypeError);
    });

    it("has no access after a sign-out everywhere, neither by a token, nor by the accounts, nor on another device", async () => {
      await using scenario = await startScenario(startApp, {
        routes: ACCOUNTS,
        options: { store: memoryTokenStore(), userId },
      });
      const { app, google, visitor, anotherVisitor } = scenario;
      await visitor.call("/log-in?as=42");
      await visitor.walk("/drive");
      google.clock.advance(1000);
      await app.google.signOutEverywhere(google.users[0]!.sub);
      expect((await visitor.call("/token")).body).toEqual({ thrown: "sign_in_required" });
      expect((await visitor.call("/accounts")).body).toEqual([]);
      const phone = anotherVisitor();
      await phone.call("/log-in?as=42");
      expect((await phone.call("/drive")).body.error).toBe("sign_in_required");
      google.clock.advance(1000);
      expect((await visitor.walk("/drive")).response.body.page).toBe("drive");
    });

    it("loses a grant in the session at sign-out, also as a user of the app", async () => {
      await using scenario = await startScenario(startApp, { routes: ACCOUNTS, options: { userId } });
      const { app, visitor } = scenario;
      await visitor.call("/log-in?as=42");
      await visitor.walk("/drive");
      await visitor.post("/signout", {}, OWN_PAGE);
      expect((await visitor.call("/accounts")).body).toEqual([]);
      expect(JSON.stringify(app.sessions())).not.toContain("payload");
    });
  },
);

describe.each(frameworks)("signing out on %s", (_name, startApp) => {
  it("works while the token store is down", async () => {
    const store = memoryTokenStore();
    let isDown = false;
    const get: TokenStore["get"] = (key) => (isDown ? Promise.reject(new Error("down")) : store.get(key));
    await using scenario = await startScenario(startApp, { options: { store: { ...store, get } } });
    const { visitor } = scenario;
    await visitor.walk("/drive");
    isDown = true;
    const down = await visitor.call("/drive");
    expect([down.status, down.body]).toEqual([503, { thrown: "store_unavailable" }]);
    expect((await visitor.open("/signout")).status).toBe(200);
    expect((await visitor.post("/signout", {}, OWN_PAGE)).status).toBe(303);
    isDown = false;
    expect((await visitor.call("/drive")).body.error).toBe("sign_in_required");
  });

  it("fails with `store_unavailable` if the list of sign-outs cannot be read", async () => {
    const signedOutAt = () => {
      throw new Error("down");
    };
    await using scenario = await startScenario(startApp, {
      options: { store: { ...memoryTokenStore(), signedOutAt } },
    });
    await scenario.visitor.walk("/authorize");
    expect((await scenario.visitor.call("/drive")).status).not.toBe(200);
  });
});

describe.each(frameworks)("hooks on %s", (_name, startApp) => {
  it("may request tokens themselves, since a refresh has ended when its hook runs", async () => {
    let again: (() => Promise<string>) | undefined;
    const tokens: string[] = [];
    await using scenario = await startScenario(startApp, {
      options: {
        store: memoryTokenStore(),
        userId: () => "42",
        on: { refreshed: async () => void (again && tokens.push(await again())) },
      },
    });
    const { app, google, visitor } = scenario;
    await visitor.walk("/drive");
    again = () => {
      again = undefined;
      return app.google.forUser("42").getAccessToken({ forceRefresh: true });
    };
    google.clock.advance(3600_000);
    const first = (await visitor.call("/token")).body.token as string;
    expect(tokens).toHaveLength(1);
    expect(tokens).not.toContain(first);
    expect((await visitor.call("/token")).body.token).toBe(tokens[0]);
  });
});
