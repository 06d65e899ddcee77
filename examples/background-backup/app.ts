import { googleOAuth, scopegateSession } from "@scopegate/express";
import type { GoogleOAuth, ScopegateOptions } from "@scopegate/express";
import express from "express";
import type { Express, Request } from "express";
import type { Backups } from "./backups.ts";
import { homePage } from "./page.ts";

export const DRIVE_SCOPE = "https://www.googleapis.com/auth/drive.metadata.readonly";

/** The configuration of the app. */
export interface AppOptions {
  readonly backups: Backups;
  /** Options of `googleOAuth()`. They need a durable `store`, because jobs run without a session. */
  readonly google: ScopegateOptions<Request>;
  /** The key of the session cookie, at least 32 characters. */
  readonly sessionKey: string;
  /** Tells a user to reconnect an account. A real app would send an e-mail. */
  readonly tellUser: (userId: string, account: string) => void;
}

/** The web app in which users connect their accounts. The backups run in `job.ts`. */
export function createApp({ backups, google: options, sessionKey, tellUser }: AppOptions): {
  readonly app: Express;
  readonly google: GoogleOAuth;
} {
  const google = googleOAuth({
    scopes: ["openid", "email", DRIVE_SCOPE],
    session: scopegateSession({ keys: [sessionKey] }),
    pages: { appName: "Backup" },
    on: {
      // The job reads the accounts from this table. The app has no user IDs of its own, so its users are known by the
      // subject that signed in. The event has a `userId` only for an account that is linked to such a user.
      authorized: ({ user, userId = user.sub, scopes }) =>
        backups.connected({
          userId,
          account: user.sub,
          email: user.email ?? user.sub,
          state: scopes.includes(DRIVE_SCOPE) ? "active" : "reconnect",
        }),
      revoked: ({ user, userId = user.sub }) => backups.disconnected(userId, user.sub),
      failed: ({ error, userId, account }) => {
        if (error.code !== "reconnect_required" || userId === undefined || account === undefined) return;
        backups.mustReconnect(userId, account);
        tellUser(userId, account);
      },
    },
    ...options,
  });
  const app = express();
  app.disable("x-powered-by");
  app.use(google);
  app.get("/", (req, res) => {
    const { user } = req.googleAuth;
    const accounts = user === undefined ? [] : backups.accountsOf(user.sub);
    const page = homePage(user?.email, accounts, ({ userId, account }) => backups.filesOf(userId, account));
    res.set("Cache-Control", "no-store").send(page);
  });
  app.use(google.errorHandler);
  return { app, google };
}
