// The apps of the section "frameworks": each of them with a guard, and without Scopegate.
import type { RequestListener, ServerResponse } from "node:http";
import fastifyCookie from "@fastify/cookie";
import fastifySecureSession from "@fastify/secure-session";
import fastifySession from "@fastify/session";
import { getRequestListener } from "@hono/node-server";
import { scopegateSession } from "@scopegate/core";
import * as onExpress from "@scopegate/express";
import * as onFastify from "@scopegate/fastify";
import * as onHono from "@scopegate/hono";
import * as onKoa from "@scopegate/koa";
import * as onNode from "@scopegate/node";
import express from "express";
import expressSession from "express-session";
import Fastify from "fastify";
import type { FastifyInstance } from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import koaSession from "koa-session";
import { makeOwnCookie } from "./own-cookie.ts";

/** What an app is made of. */
export interface Parts {
  /** `false`: the framework and the session only. */
  readonly guarded: boolean;
  readonly options: {
    readonly client: NonNullable<onExpress.ScopegateOptions["client"]>;
    readonly redirectUri: string;
  };
  readonly scope: string;
  /** What the session holds. */
  readonly content: Content;
}

type Content = Readonly<Record<string, unknown>> & { readonly email: string };

/** An app that answers `/page` with `{ email }`, and fills the session of a visitor of `/fill`. */
interface App {
  readonly listener: RequestListener;
  /** The cookie of a filled session, where nothing fills one by `/fill`. */
  readonly cookie?: string;
}

const secret = "a session secret of the bench, 32 characters";

/** To measure another framework is a line here. */
export const APPS = {
  "Express, express-session": withExpress,
  "Koa, koa-session (a cookie)": withKoa,
  "Fastify, @fastify/session": (parts) =>
    withFastify(parts, async (app) => {
      await app.register(fastifyCookie);
      await app.register(fastifySession, { secret, saveUninitialized: false, cookie: { secure: false } });
    }),
  "Fastify, @fastify/secure-session": (parts) =>
    withFastify(parts, async (app) => {
      await app.register(fastifySecureSession, { key: Buffer.alloc(32, "k"), cookie: { path: "/" } });
    }),
  "Hono, a session of our own": withHono,
  "node:http, a session of our own": withNode,
} as const satisfies Readonly<Record<string, (parts: Parts) => App | Promise<App>>>;

export type AppName = keyof typeof APPS;

function withExpress({ guarded, options, scope, content }: Parts): App {
  const app = express();
  app.use(expressSession({ secret, resave: false, saveUninitialized: false }));
  app.get("/fill", (req, res) => {
    Object.assign(req.session, content);
    res.end();
  });
  if (guarded) {
    app.use(onExpress.googleOAuth(options));
    const guard = onExpress.requireScopes(scope);
    app.get("/page", guard, (req, res) => void res.json({ email: req.googleAuth.user?.email }));
  } else {
    app.get("/page", (req, res) => void res.json({ email: (req.session as unknown as Content).email }));
  }
  return { listener: app };
}

function withKoa({ guarded, options, scope, content }: Parts): App {
  const app = new Koa();
  app.keys = [secret];
  app.use(koaSession(app));
  app.use((ctx, next) => {
    if (ctx.path !== "/fill") return next();
    Object.assign(ctx["session"] as object, content);
    ctx.body = "";
    return undefined;
  });
  if (guarded) {
    app.use(onKoa.googleOAuth(options)).use(onKoa.requireScopes(scope));
    app.use((ctx) => void (ctx.body = { email: ctx.state.googleAuth.user?.email }));
  } else {
    app.use((ctx) => void (ctx.body = { email: (ctx["session"] as Content).email }));
  }
  const handle = app.callback();
  return { listener: (req, res) => void handle(req, res) };
}

async function withFastify(
  { guarded, options, scope, content }: Parts,
  addSession: (app: FastifyInstance) => Promise<void>,
): Promise<App> {
  const app: FastifyInstance = Fastify();
  await addSession(app);
  app.get("/fill", async ({ session }) => {
    for (const [key, value] of Object.entries(content)) (session as unknown as Map<string, unknown>).set(key, value);
    return "";
  });
  if (guarded) {
    await app.register(onFastify.googleOAuth(options));
    const preHandler = onFastify.requireScopes(scope);
    app.get("/page", { preHandler }, async ({ googleAuth }) => ({ email: googleAuth.user?.email }));
  } else {
    app.get("/page", async ({ session }) => ({ email: (session as unknown as Map<string, unknown>).get("email") }));
  }
  await app.ready();
  return { listener: app.routing };
}

async function withHono({ guarded, options, scope, content }: Parts): Promise<App> {
  const app = new Hono();
  const session = scopegateSession({ keys: [secret] });
  if (guarded) {
    app.use(onHono.googleOAuth({ ...options, session }));
    app.get("/page", onHono.requireScopes(scope), (c) => c.json({ email: c.get("googleAuth").user?.email }));
  } else {
    app.get("/page", (c) => c.json({ email: content.email }));
  }
  const handle = getRequestListener(app.fetch);
  return { listener: (req, res) => void handle(req, res), cookie: await makeOwnCookie(session, content) };
}

async function withNode({ guarded, options, scope, content }: Parts): Promise<App> {
  const answer = (res: ServerResponse, email: string | undefined) => {
    res.setHeader("Content-Type", "application/json").end(JSON.stringify({ email }));
  };
  const session = scopegateSession({ keys: [secret] });
  const cookie = await makeOwnCookie(session, content);
  if (!guarded) return { listener: (_req, res) => answer(res, content.email), cookie };
  const guard = onNode.requireScopes(scope);
  const listener = onNode.googleOAuth({ ...options, session }).listener(async (req, res) => {
    if (await guard.passes(req, res)) answer(res, req.googleAuth.user?.email);
  });
  return { listener, cookie };
}
