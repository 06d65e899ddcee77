import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import cookie from "@fastify/cookie";
import session from "@fastify/session";
import files from "@fastify/static";
import { googleOAuth } from "@scopegate/fastify";
import type { ScopegateOptions } from "@scopegate/fastify";
import Fastify from "fastify";
import type { FastifyInstance, FastifyRequest, FastifyServerOptions } from "fastify";
import { addApi, GOOGLE_APIS } from "./api.ts";
import type { GoogleApis } from "./api.ts";

/** The configuration of the app. */
export interface AppOptions {
  /** Options of `googleOAuth()`. Default: the environment variables that it reads. */
  readonly google?: ScopegateOptions<FastifyRequest>;
  /** Base addresses of the Google APIs. Default: Google's. */
  readonly apis?: GoogleApis;
  readonly fastify?: FastifyServerOptions;
}

const isProduction = process.env["NODE_ENV"] === "production";

/** Headers of all responses. Scopegate's pages replace the content security policy by their own. */
const HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
};

/** The app: the API, and the page that calls it. */
export async function createApp({ google: options, apis = GOOGLE_APIS, fastify }: AppOptions = {}) {
  // In production a proxy terminates TLS. If Fastify does not trust it, no `secure` cookie is set.
  const app: FastifyInstance = Fastify({ trustProxy: isProduction, ...fastify });
  app.addHook("onRequest", async (_request, reply) => void reply.headers(HEADERS));
  await app.register(cookie);
  await app.register(session, {
    // The default store keeps sessions in memory, so they end with the process. In production, use a persistent store.
    secret: process.env["SESSION_SECRET"] ?? randomBytes(32).toString("base64url"),
    saveUninitialized: false,
    cookie: { sameSite: "lax", secure: isProduction },
  });

  const google = googleOAuth({ pages: { appName: "Today" }, ...options });
  await app.register(google);
  app.setErrorHandler(google.errorHandler);

  await app.register(addApi, { prefix: "/api", apis });
  await app.register(files, { root: fileURLToPath(new URL("public", import.meta.url)) });
  return app;
}
