import { randomBytes } from "node:crypto";
import { Router } from "@koa/router";
import { googleOAuth } from "@scopegate/koa";
import type { ScopegateOptions } from "@scopegate/koa";
import Koa from "koa";
import session from "koa-session";
import { listEvents } from "./calendar.ts";
import { agendaPage, failurePage, homePage } from "./pages.ts";

const READ = "https://www.googleapis.com/auth/calendar.readonly";

/** What the app needs to know of its surroundings. */
export interface AppOptions {
  /** Options of `googleOAuth()`; with none, everything comes from the environment. */
  readonly google?: ScopegateOptions<Koa.Context>;
  /** Base address of the Calendar API. Default Google's. */
  readonly calendarApi?: string;
}

/** Sign-in asks for no more than who the user is; the calendar's page asks for the calendar. */
export function createApp({ google: options, calendarApi }: AppOptions = {}): Koa {
  const app = new Koa();
  // In production, a secret of your configuration, `app.proxy = true` behind a proxy, and a `store` for sessions.
  app.keys = [process.env["SESSION_SECRET"] ?? randomBytes(32).toString("base64url")];
  app.use(showFailures);
  app.use(session({ key: "koa-calendar", sameSite: "lax" }, app));

  const google = googleOAuth({ pages: { appName: "Calendar on Koa" }, ...options });
  app.use(google);
  app.use(google.errorHandler);

  const router = new Router();
  router.get("/", (ctx) => {
    ctx.body = homePage(ctx.state.googleAuth.user, ctx.state.googleAuth.hasScopes(READ));
  });
  router.get("/calendar", google.requireScopes(READ), async (ctx) => {
    ctx.body = agendaPage(await listEvents(ctx.state.googleAuth, { api: calendarApi, from: new Date() }));
  });
  app.use(router.routes()).use(router.allowedMethods());
  return app;
}

/** Whatever nobody else has answered: the calendar that cannot be reached, a mistake of ours. */
const showFailures: Koa.Middleware = async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    ctx.status = (error as { status?: number }).status ?? 500;
    ctx.body = failurePage();
    ctx.app.emit("error", error, ctx);
  }
};
