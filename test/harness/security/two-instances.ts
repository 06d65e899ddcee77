import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Router } from "@koa/router";
import type { ScopegateOptions, ScopegateSession } from "@scopegate/core";
import { googleOAuth as onExpress } from "@scopegate/express";
import { googleOAuth as onFastify } from "@scopegate/fastify";
import { googleOAuth as onHono } from "@scopegate/hono";
import { googleOAuth as onKoa } from "@scopegate/koa";
import { googleOAuth as onNode } from "@scopegate/node";
import express5 from "express";
import type { ErrorRequestHandler } from "express";
import express4 from "express4";
import fastify from "fastify";
import { Hono } from "hono";
import koa3 from "koa";
import koa2 from "koa2";

type Options = ScopegateOptions & { readonly session: ScopegateSession };

/** The options of two instances that serve the same requests. `/staff` is a guarded page of the second one. */
export type Two = readonly [first: Options, second: Options];

/** Starts an app with two instances. An error ends as 500 with its message, by the framework's own error handling. */
export type StartTwo = (server: Server, two: Two) => Promise<void>;

function serve(server: Server, listener: RequestListener): void {
  server.on("request", listener);
}

const expressApp =
  (express: typeof express5): StartTwo =>
  async (server, [first, second]) => {
    const app = express();
    const staff = onExpress(second);
    app.use(onExpress(first), staff);
    app.get("/staff", staff.requireSignIn(), (_req, res) => void res.send("the staff's page"));
    const onError: ErrorRequestHandler = (error: Error, _req, res, _next) => void res.status(500).send(String(error));
    app.use(onError);
    serve(server, app);
  };

const koaApp =
  (Application: typeof koa3): StartTwo =>
  async (server, [first, second]) => {
    const app = new Application();
    const staff = onKoa(second);
    app.use(async (ctx, next) => {
      await next().catch((error: unknown) => {
        ctx.status = 500;
        ctx.body = String(error);
      });
    });
    const router = new Router();
    router.use(staff.routes());
    router.get("/staff", staff.requireSignIn(), (ctx) => {
      ctx.body = "the staff's page";
    });
    app.use(onKoa(first)).use(router.routes());
    const handle = app.callback();
    serve(server, (req, res) => void handle(req, res));
  };

const honoApp: StartTwo = async (server, [first, second]) => {
  const app = new Hono();
  const staff = onHono(second);
  app.onError((error, c) => c.text(String(error), 500));
  app.use(onHono(first));
  const pages = new Hono();
  pages.use(staff);
  pages.get("/staff", staff.requireSignIn(), (c) => c.text("the staff's page"));
  app.route("/", pages);
  const listener = getRequestListener(app.fetch);
  serve(server, (req, res) => void listener(req, res));
};

const nodeApp: StartTwo = async (server, [first, second]) => {
  const staff = onNode(second);
  const listener = onNode(first).listener(
    async (req, res) => {
      if (!(await staff.passes(req, res))) return;
      if (await staff.requireSignIn().passes(req, res)) res.end("the staff's page");
    },
    (error, _req, res) => void res.writeHead(500).end(String(error)),
  );
  serve(server, listener);
};

const fastifyApp: StartTwo = async (server, [first, second]) => {
  const app = fastify({ serverFactory: (handler) => server.on("request", handler) });
  const staff = onFastify(second);
  app.setErrorHandler((error, _request, reply) => reply.code(500).send(String(error)));
  await app.register(onFastify(first));
  await app.register(async (child) => {
    await child.register(staff);
    child.get("/staff", { preHandler: staff.requireSignIn() }, async () => "the staff's page");
  });
  await app.ready();
};

/** The frameworks on which the second instance meets the first one when a request comes. */
export const atRequest: readonly (readonly [name: string, start: StartTwo])[] = [
  ["Express 5", expressApp(express5)],
  ["Express 4", expressApp(express4)],
  ["Koa 3", koaApp(koa3)],
  ["Koa 2", koaApp(koa2)],
  ["Hono 4", honoApp],
  ["Node http", nodeApp],
];

/** All frameworks. On Fastify the two meet when the app registers them. */
export const everyFrameworkWithTwo = [...atRequest, ["Fastify 5", fastifyApp]] as const;

/** A server that listens, and its origin. */
export async function listening(): Promise<{ readonly server: Server; readonly origin: string }> {
  const server = createServer();
  server.listen(0, "localhost");
  await once(server, "listening");
  return { server, origin: `http://localhost:${(server.address() as AddressInfo).port}` };
}
