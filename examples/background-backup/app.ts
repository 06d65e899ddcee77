import { googleOAuth, scopegateSession } from "@scopegate/express";
import type { GoogleOAuth, ScopegateOptions } from "@scopegate/express";
import express from "express";
import type { Express, Request } from "express";
import type { Backups } from "./backups.ts";
import { homePage } from "./page.ts";

export const DRIVE_SCOPE = "https://www.googleapis.com/auth/drive.metadata.readonly";

/** What the app needs to know of its surroundings. */
export interface AppOptions {
  readonly backups: Backups;
  /** Options of `googleOAuth()`, a durable `store` among them. */
  readonly google: ScopegateOptions<Request>;
  /** Signs the session cookie. */
  readonly sessionKey: string;
  /** Tells a user, by mail in a real app, that they must connect again. */
  readonly tellUser: (owner: string, account: string) => void;
}

/** Where users connect their accounts. Everything else happens while they are away. */
export function createApp({ backups, google: options, sessionKey, tellUser }: AppOptions): {
  readonly app: Express;
  readonly google: GoogleOAuth;
} {
  const google = googleOAuth({
    scopes: ["openid", "email", DRIVE_SCOPE],
    session: scopegateSession({ keys: [sessionKey] }),
    pages: { appName: "Backup" },
    on: {
      // Jobs work through this table. An account that is not linked owns its grant itself, and has no `userId`.
      authorized: ({ user, userId = user.sub, scopes }) =>
        backups.connected({
          owner: userId,
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
    const page = homePage(user?.email, accounts, ({ owner, account }) => backups.filesOf(owner, account));
    res.set("Cache-Control", "no-store").send(page);
  });
  app.use(google.errorHandler);
  return { app, google };
}
