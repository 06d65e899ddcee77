// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 hands on what an async handler throws
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

/** What the app may do with a Google that is played on this machine. */
export interface LocalGoogle {
  readonly url: string;
  /** Plays a user who removes the app at their Google account. */
  removeAccess(subject: string): void;
}

/** What the routes stand on. */
export interface RouteOptions {
  readonly contextOf: (req: Request) => PageContext;
  readonly apis: GoogleApis;
  readonly localGoogle: LocalGoogle | undefined;
}

/** The app's own pages; Scopegate adds `/authorize`, the callback, `/revoke` and `/signout`. */
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

  // Which accounts there are to choose from is Scopegate's to say: nobody else's are among them.
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

  // As below: another site's form comes without the session, and the guard refuses it.
  app.post("/accounts/:sub/unlink", requireSignIn(), async (req, res) => {
    const account = await req.googleAuth.account(req.params["sub"] as string);
    await account.revoke();
    res.redirect(303, "/");
  });

  app.get(CALENDAR.path, requireScopes(CALENDAR.scope), async (req, res) => {
    res.send(calendarPage(contextOf(req), await listEvents(req.googleAuth, apis, new Date())));
  });

  // A form of another site carries no session cookie (SameSite=Lax), so there is nothing that it could clear.
  app.post("/clear", (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error);
      req.session.notice = "This app has forgotten you. Google still remembers what you allowed.";
      res.redirect(303, "/");
    });
  });

  if (localGoogle !== undefined) {
    app.post("/local-google/remove-access", (req, res) => {
      const { user } = req.googleAuth;
      if (user !== undefined) {
        localGoogle.removeAccess(user.sub);
        req.session.notice = "Done at local Google. This app does not know yet: open Drive files.";
      }
      res.redirect(303, "/");
    });
  }

  app.use((req, res) => {
    const failure = {
      status: 404,
      title: "There is no such page",
      text: "The address may be mistyped, or the page is gone.",
    };
    res.status(404).send(errorPage(contextOf(req), failure));
  });
}

/** A linked account without the Drive: asked for when somebody presses the button, since no guard knows whether it declined. */
function notAllowed({ sub, email = "This account" }: VerifiedUser, returnTo: string): Failure {
  return {
    status: 403,
    title: `${email} has not allowed its Drive`,
    text: "Its other features still work, and so do those of your other accounts.",
    action: { label: "Allow it", href: linkHref({ account: sub, returnTo }) },
  };
}
