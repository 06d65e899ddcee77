import { randomBytes } from "node:crypto";
import { Router } from "@koa/router";
import { googleOAuth } from "@scopegate/koa";
import type { ScopegateOptions } from "@scopegate/koa";
import Koa from "koa";
import session from "koa-session";
import { listEvents } from "./calendar.ts";
import { agendaPage, failurePage, homePage } from "./pages.ts";

const READ = "https://www.googleapis.com/auth/calendar.readonly";

/** The configuration of the app. */
export interface AppOptions {
  /** Options of `googleOAuth()`. Default: the environment variables that it reads. */
  readonly google?: ScopegateOptions<Koa.Context>;
  /** Base address of the Calendar API. Default: Google's. */
  readonly calendarApi?: string;
}

/** An app whose sign-in asks only for the user's identity. The calendar page asks for the calendar. */
export function createApp({ google: options, calendarApi }: AppOptions = {}): Koa {
  const app = new Koa();
  // In production, set SESSION_SECRET to a fixed secret, set `app.proxy = true` behind a proxy, and give koa-session a `store`.
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

/** Shows a page for all other errors, for example if the Calendar API cannot be reached. */
const showFailures: Koa.Middleware = async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    ctx.status = (error as { status?: number }).status ?? 500;
    ctx.body = failurePage();
    ctx.app.emit("error", error, ctx);
  }
};
