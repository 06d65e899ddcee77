import type { ScopegateOptions } from "@scopegate/core";
import { ADA, CALENDAR, ROUTES, startScenario } from "./scenario.ts";
import type { StartApp, TestRoute } from "./test-app.ts";

export const GRACE = "grace@workspace.example";
/** The app's own user. The route `/log-in` puts the ID into the session. */
export const userId = (req: unknown) => (req as { session: { userId?: string } }).session.userId;

export const linkingRoutes: readonly TestRoute[] = [
  ...ROUTES,
  {
    path: "/accounts",
    handle: async (auth) => (await auth.accounts()).map(({ user, isLinked }) => [user.email, isLinked]),
  },
  {
    path: "/token-of",
    handle: async (auth, _session, query) => ({
      token: await (await auth.account(query.get("sub")!)).getAccessToken(),
    }),
  },
  {
    path: "/unlink",
    handle: async (auth, _session, query) => {
      await (await auth.account(query.get("sub")!)).revoke();
      return null;
    },
  },
  {
    path: "/link-address",
    handle: async (auth, _session, query) => {
      const prompt = query.get("prompt");
      return { url: await auth.authorizationUrl({ link: true, scopes: CALENDAR, ...(prompt !== null && { prompt }) }) };
    },
  },
  {
    path: "/log-in",
    handle: (_auth, session, query) => {
      session["userId"] = query.get("as");
      return null;
    },
  },
];

/** An app with Ada signed in and her Drive allowed, and the subjects of Ada's and Grace's accounts. */
export async function startWithAda(startApp: StartApp, options: ScopegateOptions = {}) {
  const scenario = await startScenario(startApp, { routes: linkingRoutes, options, errorHandler: true });
  const subOf = (email: string) => scenario.google.users.find((user) => user.email === email)!.sub;
  await scenario.visitor.walk("/drive");
  return { ...scenario, ada: subOf(ADA), grace: subOf(GRACE) };
}
