// oxlint-disable oxc/no-async-endpoint-handlers -- Fastify waits for them, and hands on what they throw
// Features of Fastify: nested contexts, hooks, parsers and error handlers.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import cookie from "@fastify/cookie";
import session from "@fastify/session";
import { startEmulator } from "@scopegate/emulator";
import { AuthError, googleOAuth, requireScopes, requireSignIn } from "@scopegate/fastify";
import type { GoogleAuth, GoogleOAuth, ScopegateOptions } from "@scopegate/fastify";
import Fastify from "fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { describe, expect, it } from "vitest";
import { ADA, CLIENT, DRIVE } from "../harness/app/scenario.ts";
import { Visitor } from "../harness/app/visitor.ts";

const OWN_PAGE = { "Sec-Fetch-Site": "same-origin" };

type Build = (app: FastifyInstance, google: GoogleOAuth, options: ScopegateOptions) => unknown;
type Settings = { callbackPath?: string; options?: ScopegateOptions<FastifyRequest>; cookiePath?: string };

/** An app with a session, and no parser for forms. */
async function start(build: Build, { callbackPath = "/oauth2callback", options, cookiePath = "/" }: Settings = {}) {
  const emulator = await startEmulator();
  const server = createServer();
  server.listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const redirectUri = origin + callbackPath;
  emulator.addClient({ ...CLIENT, redirectUris: [redirectUri, `${origin}/admin/oauth2callback`] });
  const { endpoints, clock } = emulator;
  const base = { client: CLIENT, endpoints, now: () => clock.now() };
  const google = googleOAuth({ ...base, redirectUri, ...options });
  const app: FastifyInstance = Fastify();
  await app.register(cookie);
  await app.register(session, {
    secret: "a session secret of the tests, 32 characters",
    saveUninitialized: false,
    cookie: { secure: false, path: cookiePath },
  });
  await build(app, google, { ...base, redirectUri: `${origin}/admin/oauth2callback` });
  await app.ready();
  server.on("request", app.routing);
  return {
    app,
    origin,
    emulator,
    visitor: new Visitor(origin, emulator),
    async [Symbol.asyncDispose]() {
      await app.close();
      server.close();
      server.closeAllConnections();
      await emulator.stop();
    },
  };
}

const drive = async ({ googleAuth }: FastifyRequest) => ({ email: googleAuth.user?.email });

describe("Fastify", () => {
  it("parses the forms of /revoke and /signout itself, and does not change the app's parsers", async () => {
    await using app = await start(async (fastify, google) => {
      await fastify.register(google);
      fastify.get("/drive", { preHandler: requireScopes(DRIVE) }, drive);
      fastify.post("/echo", async ({ body }) => body);
    });
    const { visitor, emulator } = app;
    for (const path of ["/signout", "/revoke"]) {
      await visitor.walk("/drive");
      const page = await visitor.open(path);
      const token = /name="token" value="([^"]+)"/.exec(page.text)![1]!;
      expect((await visitor.post(path, { token: "another" })).status).toBe(403);
      expect((await visitor.post(path, { token })).status).toBe(303);
      expect((await visitor.call("/drive")).body.error).toBe("sign_in_required");
    }
    expect(emulator.grants(ADA)).toEqual([]);
    expect((await visitor.post("/echo", { a: "1" })).status).toBe(415);
    const json = await app.app.inject({ method: "POST", url: "/echo", payload: { a: 1 } });
    expect(json.json()).toEqual({ a: 1 });
  });

  it("serves its context with the prefix, and the contexts below, but not the ones beside", async () => {
    const seen: unknown[] = [];
    await using app = await start(
      async (fastify, google) => {
        await fastify.register(
          async (outer) => {
            await outer.register(google);
            await outer.register(
              async (inner) => void inner.get("/drive", { preHandler: google.requireScopes(DRIVE) }, drive),
              { prefix: "/deep" },
            );
          },
          { prefix: "/google" },
        );
        fastify.get("/beside", async ({ googleAuth }) => {
          seen.push(googleAuth);
          return {};
        });
        fastify.get("/unguarded", { preHandler: requireSignIn() }, drive);
      },
      { callbackPath: "/google/oauth2callback" },
    );
    const { visitor } = app;
    expect((await visitor.walk("/google/deep/drive?x=1")).response.body).toEqual({ email: ADA });
    expect((await visitor.open("/google/signout")).status).toBe(200);
    expect((await visitor.open("/signout")).status).toBe(404);
    expect([(await visitor.open("/beside")).status, seen]).toEqual([200, [undefined]]);
    // A guard outside of the registered context fails, and lets no request pass.
    expect((await visitor.open("/unguarded")).status).toBe(500);
  });

  it("passes a second registration in the same context, a nested one and a sibling", async () => {
    await using app = await start(async (root, google) => {
      root.register(async (context) => {
        await context.register(google);
        await context.register(google);
        context.get("/first", { preHandler: requireSignIn() }, (request) => request.googleAuth.user!.email);
        context.register(async (nested) => {
          await nested.register(google);
          nested.get("/nested", { preHandler: requireSignIn() }, (request) => request.googleAuth.user!.email);
        });
      });
      root.register(async (context) => {
        await context.register(google);
        context.get("/second", { preHandler: requireSignIn() }, (request) => request.googleAuth.user!.email);
      });
    });
    await app.visitor.walk("/first");
    for (const path of ["/first", "/nested", "/second"]) {
      expect((await app.visitor.open(path)).text, path).toBe(ADA);
    }
    expect((await app.visitor.open("/signout")).status).toBe(200);
  });

  it("does not start if the callback could not arrive", async () => {
    const started = start(async (fastify, google) => {
      await fastify.register(async (context) => void context.register(google), { prefix: "/google" });
    });
    await expect(started).rejects.toThrow(TypeError);
  });

  it("guards as onRequest and preHandler, alone and in a list, for a route and for a context", async () => {
    const ran: string[] = [];
    await using app = await start(async (fastify, google) => {
      await fastify.register(google);
      const guard = requireScopes(DRIVE);
      const note = async ({ url }: FastifyRequest) => void ran.push(url);
      fastify.get("/on-request", { onRequest: guard }, drive);
      fastify.get("/list", { preHandler: [requireSignIn(), guard, note] }, drive);
      fastify.post("/post", { onRequest: [guard], preHandler: note }, drive);
      await fastify.register(async (context) => {
        context.addHook("onRequest", guard);
        context.get("/context", drive);
      });
    });
    const { visitor } = app;
    const gets = ["/on-request", "/list", "/context"];
    for (const path of gets) expect((await visitor.call(path)).body.error, path).toBe("sign_in_required");
    expect((await visitor.post("/post", {}, OWN_PAGE)).status).toBe(401);
    expect(ran).toEqual([]);
    for (const path of gets) expect((await visitor.walk(path)).response.body, path).toEqual({ email: ADA });
    expect(ran).toEqual(["/list"]);
  });

  it("responds to HEAD as to GET", async () => {
    await using app = await start(async (fastify, google) => {
      await fastify.register(google);
      fastify.get("/drive", { preHandler: requireScopes(DRIVE) }, drive);
    });
    const head = await app.app.inject({ method: "HEAD", url: "/drive", headers: { host: new URL(app.origin).host } });
    expect([head.statusCode, head.headers["www-authenticate"], head.body]).toEqual([401, "Bearer", ""]);
    const route = await app.app.inject({ method: "HEAD", url: "/authorize", headers: { accept: "text/html" } });
    expect([route.statusCode, route.body]).toEqual([302, ""]);
  });

  it("signs in through `inject`, without a server", async () => {
    await using app = await start(async (fastify, google) => {
      await fastify.register(google);
      fastify.get("/drive", { preHandler: requireScopes(DRIVE) }, drive);
    });
    const cookies: Record<string, string> = {};
    const open = async (url: string) => {
      const headers = { accept: "text/html", host: new URL(app.origin).host };
      const answer = await app.app.inject({ url, headers, cookies });
      for (const { name, value } of answer.cookies) cookies[name] = value;
      return answer;
    };
    const toGoogle = await open("/drive");
    const callback = new URL(await app.emulator.approve(toGoogle.headers.location!));
    expect((await open(callback.pathname + callback.search)).headers.location).toBe("/drive");
    expect((await open("/drive")).json()).toEqual({ email: ADA });
  });

  it("keeps two instances apart", async () => {
    await using app = await start(async (fastify, google, options) => {
      const admin = googleOAuth({ ...options, name: "adminGoogle", basePath: "/admin" });
      await fastify.register(google);
      await fastify.register(admin);
      fastify.get("/me", { preHandler: google.requireSignIn() }, drive);
      fastify.get("/admin/me", { preHandler: admin.requireSignIn() }, async (request) => ({
        email: (request as unknown as { adminGoogle: GoogleAuth }).adminGoogle.user?.email,
      }));
      fastify.get("/which", { preHandler: requireSignIn() }, drive);
    });
    const { visitor } = app;
    expect((await visitor.walk("/me")).response.body).toEqual({ email: ADA });
    expect((await visitor.call("/admin/me")).body.error).toBe("sign_in_required");
    const both = await visitor.walk("/admin/me", { user: "grace@workspace.example" });
    expect(both.response.body).toEqual({ email: "grace@workspace.example" });
    expect((await visitor.open("/which")).status).toBe(500);
  });

  it("refuses a second instance of the same name", async () => {
    const started = start(async (fastify, google, options) => {
      await fastify.register(google);
      await fastify.register(googleOAuth(options));
    });
    await expect(started).rejects.toThrow(/googleAuth/);
  });

  it("passes errors to the error handler of their context, and errors of the app to the one above", async () => {
    const above: unknown[] = [];
    await using app = await start(async (fastify, google) => {
      await fastify.register(google);
      fastify.setErrorHandler(async (error: Error, _request, reply) => {
        above.push(error);
        return reply.code(418).send({ above: true });
      });
      const routes = async (context: FastifyInstance) => {
        context.get("/token", async ({ googleAuth }) => ({ token: await googleAuth.getAccessToken() }));
        context.get("/other", () => Promise.reject(new Error("another")));
        context.get("/thrown", { preHandler: requireScopes(DRIVE, { onMissing: "error" }) }, drive);
      };
      await fastify.register(
        async (context) => {
          context.setErrorHandler(google.errorHandler);
          await routes(context);
        },
        { prefix: "/ours" },
      );
      await fastify.register(routes, { prefix: "/own" });
    });
    const { visitor } = app;
    for (const path of ["/ours/token", "/ours/thrown"]) {
      const answer = await visitor.call(path);
      expect([answer.status, answer.body.error], path).toEqual([401, "sign_in_required"]);
    }
    expect((await visitor.call("/ours/other")).status).toBe(418);
    expect((await visitor.call("/own/thrown")).status).toBe(418);
    expect(above).toEqual([expect.objectContaining({ message: "another" }), expect.any(AuthError)]);
  });

  it("does not touch a reply that a handler has hijacked", async () => {
    await using app = await start(async (fastify, google) => {
      await fastify.register(google);
      const hijack = async ({ googleAuth }: FastifyRequest, reply: FastifyReply) => {
        reply.hijack();
        reply.raw.writeHead(200, { "content-type": "text/plain" });
        await googleAuth.getAccessToken();
        reply.raw.end(googleAuth.user?.email);
      };
      fastify.get("/stream", { preHandler: requireScopes(DRIVE) }, hijack);
    });
    const { visitor, emulator } = app;
    const first = await visitor.walk("/stream");
    expect(first.response.text).toBe(ADA);
    emulator.clock.advance(3600_000);
    expect((await visitor.open("/stream")).text).toBe(ADA);
    expect(emulator.requests.of("token")).toHaveLength(2);
    expect((await visitor.open("/stream")).text).toBe(ADA);
    expect(emulator.requests.of("token")).toHaveLength(2);
  });

  it("keeps the types of a route that it guards", async () => {
    await using app = await start(async (fastify, google) => {
      await fastify.register(google);
      const schema = { querystring: { type: "object", properties: { days: { type: "integer" } } } };
      fastify.get<{ Querystring: { days: number }; Params: { id: string } }>(
        "/:id",
        { preHandler: [requireSignIn(), google.requireScopes(DRIVE)], schema },
        async ({ params, query }) => ({ id: params.id.toUpperCase(), next: query.days + 1 }),
      );
    });
    expect((await app.visitor.walk("/a?days=2")).response.body).toEqual({ id: "A", next: 3 });
  });

  it("reports a missing session on paths that the session's cookie does not reach", async () => {
    await using app = await start(
      async (fastify, google) => {
        await fastify.register(google);
        fastify.setErrorHandler(google.errorHandler);
        for (const path of ["/app/drive", "/drive"]) fastify.get(path, { preHandler: requireScopes(DRIVE) }, drive);
      },
      { cookiePath: "/app", callbackPath: "/app/oauth2callback", options: { basePath: "/app" } },
    );
    const { visitor } = app;
    expect((await visitor.walk("/app/drive")).response.body).toEqual({ email: ADA });
    const outside = await visitor.call("/drive");
    expect([outside.status, outside.body.error]).toEqual([503, "session_unavailable"]);
  });
});
