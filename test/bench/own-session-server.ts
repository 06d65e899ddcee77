// One app of the section "own session", in a process of its own.
import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { googleOAuth, memorySessionStore, requireScopes, scopegateSession } from "@scopegate/express";
import type { ScopegateOptions } from "@scopegate/express";
import cookieSession from "cookie-session";
import express from "express";
import type { Express, RequestHandler } from "express";
import session from "express-session";
import { getIronSession, sealData } from "iron-session";
import { makeOwnCookie } from "./own-cookie.ts";
import { answerMessages } from "./processes.ts";
import type { UsageAnswer } from "./server.ts";

/** Who keeps the session. */
export type Keeper =
  | "bare"
  | "own store"
  | "own cookie"
  | "own cookie, cold"
  | "express-session"
  | "cookie-session"
  | "iron-session";

export type OwnSessionMessage = StartMessage | { readonly kind: "usage" };

interface StartMessage {
  readonly kind: "start";
  readonly keeper: Keeper;
  readonly client: NonNullable<ScopegateOptions["client"]>;
  readonly scope: string;
  /** What each session holds. */
  readonly content: Readonly<Record<string, unknown>> & { readonly email: string };
}

const secret = "a session secret of the bench, 32 characters";
/** More than are remembered opened, so that each is opened for the first time. */
const COLD = 2_000;
let requests = 0;

answerMessages((received) => {
  const message = received as OwnSessionMessage;
  return message.kind === "start" ? start(message) : readUsage();
});

async function start(message: StartMessage) {
  const app = express();
  const cookie = await build[message.keeper](app, message);
  const server = createServer(app).on("request", () => (requests += 1));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`, cookie };
}

type Build = (app: Express, message: StartMessage) => Promise<string> | string;

/** All of them answer the same bytes. Each gives the cookie of a session that it has made. */
const build: Readonly<Record<Keeper, Build>> = {
  bare(app, { content }) {
    app.get("/page", (_req, res) => void res.json({ email: content.email }));
    return "a=b";
  },
  "own store": async (app, message) => (await guarded(app, message, { store: memorySessionStore() }, 1))[0]!,
  "own cookie": async (app, message) => (await guarded(app, message, {}, 1))[0]!,
  async "own cookie, cold"(app, message) {
    let cookies: readonly string[] = [];
    let next = 0;
    app.use((req, _res, pass) => {
      req.headers.cookie = cookies[next++ % COLD]!;
      pass();
    });
    cookies = await guarded(app, message, {}, COLD);
    return cookies[0]!;
  },
  "express-session"(app, { content }) {
    const store = new session.MemoryStore();
    app.use(session({ secret, store, resave: false, saveUninitialized: false }));
    answerFrom(app, (req) => (req as unknown as { session: { email?: string } }).session.email);
    const id = randomUUID();
    store.set(id, { ...content, cookie: { originalMaxAge: null } });
    const signature = createHmac("sha256", secret).update(id).digest("base64").replace(/=+$/, "");
    return `connect.sid=${encodeURIComponent(`s:${id}.${signature}`)}`;
  },
  "cookie-session"(app, { content }) {
    app.use(cookieSession({ name: "app", keys: [secret] }));
    answerFrom(app, (req) => (req as unknown as { session: { email?: string } }).session.email);
    const pair = `app=${Buffer.from(JSON.stringify(content)).toString("base64")}`;
    // As keygrip signs it.
    return `${pair}; app.sig=${createHmac("sha1", secret).update(pair).digest("base64url")}`;
  },
  async "iron-session"(app, { content }) {
    const options = { password: secret, cookieName: "app", cookieOptions: { secure: false } };
    app.get("/page", (req, res, next) => {
      getIronSession<{ email: string }>(req, res, options)
        .then(({ email }) => (email === undefined ? res.sendStatus(401) : res.json({ email })))
        .catch(next);
    });
    return `app=${await sealData(content, options)}`;
  },
};

function answerFrom(app: Express, read: (req: Parameters<RequestHandler>[0]) => string | undefined): void {
  app.get("/page", (req, res) => {
    const email = read(req);
    if (email === undefined) res.sendStatus(401);
    else res.json({ email });
  });
}

/** Mounts `googleOAuth()` and a guard, and makes sessions of the same content. */
async function guarded(
  app: Express,
  { client, scope, content }: StartMessage,
  options: Pick<Parameters<typeof scopegateSession>[0], "store">,
  count: number,
): Promise<readonly string[]> {
  const own = scopegateSession({ keys: [secret], ...options });
  app.use(googleOAuth({ client, redirectUri: "http://localhost/oauth2callback", session: own }));
  app.get("/page", requireScopes(scope), (req, res) => void res.json({ email: req.googleAuth.user?.email }));
  const cookies: string[] = [];
  for (let made = 0; made < count; made++) cookies.push(await makeOwnCookie(own, content));
  return cookies;
}

function readUsage(): UsageAnswer {
  const { user, system } = process.cpuUsage();
  return { cpuMicroseconds: user + system, requests };
}
