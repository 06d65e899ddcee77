import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { GoogleAuth, ScopegateOptions, ScopegateSession } from "@scopegate/core";
import { googleOAuth as onExpress } from "@scopegate/express";
import { googleOAuth as onFastify } from "@scopegate/fastify";
import { googleOAuth as onHono } from "@scopegate/hono";
import { googleOAuth as onKoa } from "@scopegate/koa";
import { googleOAuth as onNode } from "@scopegate/node";
import express5 from "express";
import express4 from "express4";
import Fastify from "fastify";
import { Hono } from "hono";
import koa3 from "koa";
import koa2 from "koa2";

type Options = ScopegateOptions & { readonly session: ScopegateSession };

/** The page that a path stands for: the headers of its response, and whether it uses the session. */
function pageAt(url: string): { readonly headers: Record<string, string>; readonly usesSession: boolean } {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  return { headers: Object.fromEntries(searchParams), usesSession: pathname === "/page" };
}

/** The body of a page. */
async function bodyOf(url: string, auth: GoogleAuth): Promise<string> {
  const { pathname } = new URL(url, "http://localhost");
  if (pathname === "/token") return auth.getAccessToken();
  if (pathname === "/leave") await auth.signOut();
  return pageAt(url).usesSession ? String(auth.isSignedIn) : "the same for all users";
}

type Build = (options: Options) => RequestListener | Promise<RequestListener>;

function expressApp(express: typeof express5): Build {
  return (options) => {
    const app = express();
    app.use(onExpress(options));
    // A real file, with the header that `express.static` sends by default: `public, max-age=0`.
    app.use("/files", express.static(import.meta.dirname));
    app.use((req, res, next) => {
      bodyOf(req.originalUrl, req.googleAuth).then((body) => res.set(pageAt(req.originalUrl).headers).send(body), next);
    });
    return app;
  };
}

function koaApp(Koa: typeof koa3): Build {
  return (options) => {
    const app = new Koa();
    app.use(onKoa(options));
    app.use(async (ctx) => {
      ctx.set(pageAt(ctx.url).headers);
      ctx.body = await bodyOf(ctx.url, ctx.state.googleAuth);
    });
    const handle = app.callback();
    return (req, res) => void handle(req, res);
  };
}

/**
 * Apps with pages whose headers the test chooses. `/page` uses the session, `/token` shows an access token, `/leave` signs
 * out, and every other path leaves the session alone.
 */
const APPS: readonly (readonly [name: string, build: Build])[] = [
  ["Express 5", expressApp(express5)],
  ["Express 4", expressApp(express4)],
  ["Koa 3", koaApp(koa3)],
  ["Koa 2", koaApp(koa2)],
  [
    "Fastify 5",
    async (options) => {
      let listener!: RequestListener;
      const app = Fastify({ serverFactory: (handler) => createServer((listener = handler)) });
      await app.register(onFastify(options));
      app.get("/*", async (request, reply) =>
        reply.headers(pageAt(request.url).headers).send(await bodyOf(request.url, request.googleAuth)),
      );
      await app.ready();
      return listener;
    },
  ],
  [
    "Hono 4",
    (options) => {
      const app = new Hono();
      app.use(onHono(options));
      app.get("/*", async (c) => c.body(await bodyOf(c.req.url, c.get("googleAuth")), 200, pageAt(c.req.url).headers));
      const listener = getRequestListener(app.fetch);
      return (req, res) => void listener(req, res);
    },
  ],
  [
    "Node http, headers by setHeader",
    (options) =>
      onNode(options).listener(async (req, res) => {
        for (const [name, value] of Object.entries(pageAt(req.url!).headers)) res.setHeader(name, value);
        res.end(await bodyOf(req.url!, req.googleAuth));
      }),
  ],
  [
    "Node http, headers as an object of writeHead",
    (options) =>
      onNode(options).listener(async (req, res) => {
        const body = await bodyOf(req.url!, req.googleAuth);
        res.writeHead(200, pageAt(req.url!).headers).end(body);
      }),
  ],
  [
    "Node http, headers as a list of writeHead",
    (options) =>
      onNode(options).listener(async (req, res) => {
        const body = await bodyOf(req.url!, req.googleAuth);
        res.writeHead(200, "OK", Object.entries(pageAt(req.url!).headers).flat()).end(body);
      }),
  ],
];

/** A server with one of the apps. */
export interface CachedPages extends AsyncDisposable {
  readonly origin: string;
}

/** The frameworks by name, each with the function that starts its app. */
export const cachedPages = APPS.map(
  ([name, build]) =>
    [
      name,
      async (optionsOf: (origin: string) => Options): Promise<CachedPages> => {
        const server = createServer();
        server.listen(0, "localhost");
        await once(server, "listening");
        const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
        server.on("request", await build(optionsOf(origin)));
        return {
          origin,
          async [Symbol.asyncDispose]() {
            server.close();
            server.closeAllConnections();
            await once(server, "close");
          },
        };
      },
    ] as const,
);
