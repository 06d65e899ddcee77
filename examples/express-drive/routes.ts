// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 hands on what an async handler throws
import { requireScopes } from "@scopegate/express";
import type { Express, Request } from "express";
import { CALENDAR, DRIVE } from "./features.ts";
import { listEvents, listFiles } from "./google-apis.ts";
import type { GoogleApis } from "./google-apis.ts";
import { calendarPage } from "./views/calendar.ts";
import { drivePage } from "./views/drive.ts";
import { errorPage } from "./views/error.ts";
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
    const accounts = await googleAuth.accounts();
    const home = homePage(contextOf(req), {
      notice,
      hasScope: (scope) => googleAuth.hasScopes(scope),
      disconnected: googleAuth.isSignedIn && accounts.length === 0,
    });
    res.send(home);
  });

  app.get(DRIVE.path, requireScopes(DRIVE.scope), async (req, res) => {
    res.send(drivePage(contextOf(req), await listFiles(req.googleAuth, apis)));
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
