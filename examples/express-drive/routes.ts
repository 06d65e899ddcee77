// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 passes errors of async handlers to its error handlers
import { requireScopes, requireSignIn } from "@scopegate/express";
import type { VerifiedUser } from "@scopegate/express";
import type { Express, Request } from "express";
import { CALENDAR, DRIVE } from "./features.ts";
import { listEvents, listFiles } from "./google-apis.ts";
import type { GoogleApis } from "./google-apis.ts";
import { accountsOf, linkHref } from "./views/accounts.ts";
import { calendarPage } from "./views/calendar.ts";
import { drivePage } from "./views/drive.ts";
import { errorPage } from "./views/error.ts";
import type { Failure } from "./views/error.ts";
import { homePage } from "./views/home.ts";
import type { PageContext } from "./views/layout.ts";

/** The local Google, as the app uses it. */
export interface LocalGoogle {
  readonly url: string;
  /** Simulates that a user removes the app in their Google account. */
  removeAccess(subject: string): void;
}

/** Options of {@link addRoutes}. */
export interface RouteOptions {
  readonly contextOf: (req: Request) => PageContext;
  readonly apis: GoogleApis;
  readonly localGoogle: LocalGoogle | undefined;
}

/** Adds the app's own pages. Scopegate serves `/authorize`, the callback, `/revoke` and `/signout`. */
export function addRoutes(app: Express, { contextOf, apis, localGoogle }: RouteOptions): void {
  app.get("/", async (req, res) => {
    const { googleAuth } = req;
    const { notice } = req.session;
    delete req.session.notice;
    const accounts = accountsOf(await googleAuth.accounts(), googleAuth.user?.sub);
    const home = homePage(contextOf(req), {
      notice,
      hasScope: (scope) => googleAuth.hasScopes(scope),
      disconnected: googleAuth.isSignedIn && !accounts.some(({ isSignedIn }) => isSignedIn),
      accounts,
    });
    res.send(home);
  });

  app.get(DRIVE.path, requireScopes(DRIVE.scope), async (req, res) => {
    const { googleAuth } = req;
    const accounts = accountsOf(await googleAuth.accounts(), googleAuth.user?.sub);
    res.send(drivePage(contextOf(req), await listFiles(googleAuth, apis), accounts, googleAuth.user!.sub));
  });

  // `account()` finds only accounts of the signed-in user, so `sub` cannot name another user's account.
  app.get("/accounts/:sub/drive", requireSignIn(), async (req, res) => {
    const { googleAuth } = req;
    const account = await googleAuth.account(req.params["sub"] as string);
    if (!account.hasScopes(DRIVE.scope)) {
      res.status(403).send(errorPage(contextOf(req), notAllowed(account.user, req.path)));
      return;
    }
    const accounts = accountsOf(await googleAuth.accounts(), googleAuth.user?.sub);
    res.send(drivePage(contextOf(req), await listFiles(account, apis), accounts, account.user.sub));
  });

  // A form of another site is sent without the session cookie (SameSite=Lax), so the guard rejects it.
  app.post("/accounts/:sub/unlink", requireSignIn(), async (req, res) => {
    const account = await req.googleAuth.account(req.params["sub"] as string);
    await account.revoke();
    res.redirect(303, "/");
  });

  app.get(CALENDAR.path, requireScopes(CALENDAR.scope), async (req, res) => {
    res.send(calendarPage(contextOf(req), await listEvents(req.googleAuth, apis, new Date())));
  });

  // A form of another site is sent without the session cookie (SameSite=Lax), so it cannot clear the session.
  app.post("/clear", (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error);
      req.session.notice = "The session is cleared. The access that you allowed at Google stays in place.";
      res.redirect(303, "/");
    });
  });

  if (localGoogle !== undefined) {
    app.post("/local-google/remove-access", (req, res) => {
      const { user } = req.googleAuth;
      if (user !== undefined) {
        localGoogle.removeAccess(user.sub);
        req.session.notice =
          "The access is removed at the local Google. This app does not know it yet. Now open Drive files.";
      }
      res.redirect(303, "/");
    });
  }

  app.use((req, res) => {
    const failure = {
      status: 404,
      title: "Page not found",
      text: "Check the address. The page may have been removed.",
    };
    res.status(404).send(errorPage(contextOf(req), failure));
  });
}

/**
 * The page for a linked account without access to Drive. The app asks for it only when the user presses the button, because
 * no guard checks linked accounts or remembers that one declined.
 */
function notAllowed({ sub, email = sub }: VerifiedUser, returnTo: string): Failure {
  return {
    status: 403,
    title: "This app has no access to these Drive files",
    text: `The account ${email} has not allowed it. The other features and your other accounts still work.`,
    action: { label: "Allow access", href: linkHref({ account: sub, returnTo }) },
  };
}
