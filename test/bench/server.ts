// One app of the section "guarded route", in a process of its own.
import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { googleOAuth, requireScopes } from "@scopegate/express";
import type { ScopegateOptions } from "@scopegate/express";
import express from "express";
import type { Express, Request, RequestHandler, Response } from "express";
import session from "express-session";
import { answerMessages } from "./processes.ts";

/** What an app is made of. */
export type Variant = "bare" | "idle" | "session" | "small session" | "two middlewares" | "guarded";

/** Messages that the server answers. */
export type ServerMessage = StartMessage | { readonly kind: "usage" };

interface StartMessage {
  readonly kind: "start";
  readonly variant: Variant;
  readonly client: NonNullable<ScopegateOptions["client"]>;
  readonly scope: string;
  /** The content of the one session that there is. */
  readonly content: Readonly<Record<string, unknown>> & { readonly cookie: unknown; readonly email: string };
}

export interface StartAnswer {
  readonly url: string;
  /** The session's cookie, as a browser sends it. */
  readonly cookie: string;
}

/** What the process has used up since it began. */
export interface UsageAnswer {
  readonly cpuMicroseconds: number;
  readonly requests: number;
}

declare module "express-session" {
  interface SessionData {
    email: string;
  }
}

const secret = "a session secret of the bench";
const store = new session.MemoryStore();
let requests = 0;

answerMessages((received) => {
  const message = received as ServerMessage;
  return message.kind === "start" ? start(message) : readUsage();
});

async function start({ variant, client, scope, content }: StartMessage): Promise<StartAnswer> {
  const app = express();
  const sessions = session({ secret, store, resave: false, saveUninitialized: false });
  const google = googleOAuth({ client, redirectUri: "http://localhost/oauth2callback" });
  buildApp[variant](app, sessions, google, scope, content.email);

  const id = randomUUID();
  const kept = variant === "small session" ? { cookie: content.cookie, email: content.email } : content;
  store.set(id, kept as unknown as session.SessionData);

  const server = createServer(app).on("request", () => (requests += 1));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`, cookie: cookieOf(id) };
}

type Build = (app: Express, sessions: RequestHandler, google: RequestHandler, scope: string, email: string) => void;

/** All of them answer the same bytes. */
const buildApp: Readonly<Record<Variant, Build>> = {
  bare: (app, _sessions, _google, _scope, email) => {
    app.get("/page", (_req, res) => void res.json({ email }));
  },
  idle: (app, _sessions, google, _scope, email) => {
    app.use(google);
    app.get("/page", (_req, res) => void res.json({ email }));
  },
  session: readSession,
  "small session": readSession,
  "two middlewares": (app, sessions) => {
    const pass: RequestHandler = (_req, _res, next) => next();
    app.use(sessions, pass);
    app.get("/page", pass, answerFromSession);
  },
  guarded: (app, sessions, google, scope) => {
    app.use(sessions, google);
    app.get("/page", requireScopes(scope), (req, res) => void res.json({ email: req.googleAuth.user?.email }));
  },
};

function readSession(app: Express, sessions: RequestHandler): void {
  app.use(sessions);
  app.get("/page", answerFromSession);
}

function answerFromSession(req: Request, res: Response): void {
  const { email } = req.session;
  if (email === undefined) res.sendStatus(401);
  else res.json({ email });
}

/** As express-session signs it. */
function cookieOf(id: string): string {
  const signature = createHmac("sha256", secret).update(id).digest("base64").replace(/=+$/, "");
  return `connect.sid=${encodeURIComponent(`s:${id}.${signature}`)}`;
}

function readUsage(): UsageAnswer {
  const { user, system } = process.cpuUsage();
  return { cpuMicroseconds: user + system, requests };
}
