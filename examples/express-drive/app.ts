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
    /** A message for the next page, which shows it once. */
    notice?: string;
  }
}

/** The configuration of the app. */
export interface AppOptions {
  /** Options of `googleOAuth()`. Default: the environment variables that it reads. */
  readonly google?: ScopegateOptions<Request>;
  /** Base addresses of the Google APIs. Default: Google's. */
  readonly apis?: GoogleApis;
  /** The local Google, if the app uses it. */
  readonly localGoogle?: LocalGoogle;
  /** Signs the session cookie. Default: `SESSION_SECRET`, or else a random secret, which ends all sessions at each restart. */
  readonly sessionSecret?: string;
  /** Whether pages show notes for developers, and cookies work without https. Default: `NODE_ENV` is not `production`. */
  readonly development?: boolean;
  readonly log?: (error: unknown) => void;
}

/** Creates the app: the session, `googleOAuth()`, the routes, and the error handler. */
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
  // In production a proxy terminates TLS. If Express does not trust it, no `secure` cookie is set.
  if (!development) app.set("trust proxy", 1);
  app.use(express.static(fileURLToPath(new URL("public", import.meta.url)), { index: false }));
  app.use(secureHeaders);
  app.use(
    session({
      name: "scopegate-demo",
      secret: sessionSecret,
      resave: false,
      saveUninitialized: false,
      // The default store keeps sessions in memory and leaks. In production, use a persistent store.
      cookie: { sameSite: "lax", httpOnly: true, secure: !development },
    }),
  );
  const scopegate = googleOAuth({
    pages: { appName: APP_NAME, developerNotes: development },
    on: {
      revoked: ({ request, user, linked }) => {
        request!.session.notice = linked
          ? `${user.email ?? "The account"} is unlinked. This app no longer has access to it.`
          : "This app’s access to your Google account is revoked, and you are signed out.";
      },
      signedOut: ({ request }) => {
        request!.session.notice = "You are signed out. The access that you allowed at Google stays in place.";
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

/** Sets headers of all responses. Scopegate's pages replace the content security policy by their own. */
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
