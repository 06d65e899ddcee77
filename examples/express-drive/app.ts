import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { googleOAuth } from "@scopegate/express";
import type { ScopegateOptions } from "@scopegate/express";
import express from "express";
import type { Express, Request, RequestHandler } from "express";
import session from "express-session";
import { showFailures } from "./failures.ts";
import { GOOGLE_APIS } from "./google-apis.ts";
import type { GoogleApis } from "./google-apis.ts";
import { addRoutes } from "./routes.ts";
import type { LocalGoogle } from "./routes.ts";
import { APP_NAME } from "./views/layout.ts";
import type { PageContext } from "./views/layout.ts";

declare module "express-session" {
  interface SessionData {
    /** Said once, on the next page. */
    notice?: string;
  }
}

/** What the app needs to know of its surroundings. */
export interface AppOptions {
  /** Options of `googleOAuth()`; with none, everything comes from the environment. */
  readonly google?: ScopegateOptions<Request>;
  /** Default Google's own. */
  readonly apis?: GoogleApis;
  /** The Google of this machine, where that is the one in use. */
  readonly localGoogle?: LocalGoogle;
  /** Signs the session cookie. Default `SESSION_SECRET`, else a new one at each start, which ends all sessions. */
  readonly sessionSecret?: string;
  /** Default: unless `NODE_ENV` is `production`. */
  readonly development?: boolean;
  readonly log?: (error: unknown) => void;
}

/** The whole app. */
export function createApp(options: AppOptions = {}): Express {
  const {
    google,
    apis = GOOGLE_APIS,
    localGoogle,
    sessionSecret = process.env["SESSION_SECRET"] || randomBytes(32).toString("base64url"),
    development = process.env["NODE_ENV"] !== "production",
    log = console.error,
  } = options;
  const app = express();
  app.disable("x-powered-by");
  // In production a proxy ends TLS: Express must believe it, or no cookie that is `secure` is ever set.
  if (!development) app.set("trust proxy", 1);
  app.use(express.static(fileURLToPath(new URL("public", import.meta.url)), { index: false }));
  app.use(secureHeaders);
  app.use(
    session({
      name: "scopegate-demo",
      secret: sessionSecret,
      resave: false,
      saveUninitialized: false,
      // The default store keeps sessions in this process: they end with it, and it leaks. Use a real one in production.
      cookie: { sameSite: "lax", httpOnly: true, secure: !development },
    }),
  );
  const scopegate = googleOAuth({
    pages: { appName: APP_NAME, developerNotes: development },
    on: {
      revoked: ({ request, user, linked }) => {
        request!.session.notice = linked
          ? `${user.email ?? "The account"} is unlinked: Google has forgotten what it allowed here.`
          : "Access is revoked, and you are signed out.";
      },
      signedOut: ({ request }) => {
        request!.session.notice = "You are signed out. What you allowed at Google stays allowed.";
      },
    },
    ...google,
  });
  app.use(scopegate);

  const contextOf = ({ path, googleAuth }: Request): PageContext => {
    const { user } = googleAuth;
    return {
      path,
      user: user && { name: user.name ?? user.email ?? "you", email: user.email },
      localGoogle: localGoogle?.url,
    };
  };

  addRoutes(app, { contextOf, apis, localGoogle });
  app.use(showFailures({ contextOf, development, log, forPrograms: scopegate.errorHandler }));
  return app;
}

/** Scopegate's own pages bring their own policy. */
const secureHeaders: RequestHandler = (_req, res, next) => {
  res.set({
    "Content-Security-Policy":
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
  });
  next();
};
