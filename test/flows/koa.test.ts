// Features of Koa: nested routers, mounts, error handling, and a session that is written when its middleware ends.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Router } from "@koa/router";
import { startEmulator } from "@scopegate/emulator";
import { AuthError, googleOAuth, memoryTokenStore, requireScopes, requireSignIn } from "@scopegate/koa";
import type { GoogleOAuth, ScopegateOptions } from "@scopegate/koa";
import koa3 from "koa";
import type Koa from "koa";
import session from "koa-session";
import koa2 from "koa2";
import { describe, expect, it } from "vitest";
import { ADA, CLIENT, DRIVE } from "../harness/app/scenario.ts";
import { Visitor } from "../harness/app/visitor.ts";

const GRACE = "grace@workspace.example";
const OWN_PAGE = { "Sec-Fetch-Site": "same-origin" };

const records = new Map<string, unknown>();
/** An external store of koa-session. */
const store = {
  get: async (id: string) => records.get(id),
  set: async (id: string, content: unknown) => void records.set(id, content),
  destroy: async (id: string) => void records.delete(id),
};

type Build = (app: Koa, google: GoogleOAuth) => void;
type Settings = { callbackPath?: string; options?: ScopegateOptions<Koa.Context>; session?: object };

describe.each([
  ["Koa 3", koa3],
  ["Koa 2", koa2],
])("%s", (_name, Application) => {
  async function start(build: Build, { callbackPath = "/oauth2callback", options, session: own = {} }: Settings = {}) {
    records.clear();
    const emulator = await startEmulator();
    const server = createServer();
    server.listen(0, "localhost");
    await once(server, "listening");
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    emulator.addClient({ ...CLIENT, redirectUris: [origin + callbackPath] });
    const { endpoints, clock } = emulator;
    const redirectUri = origin + callbackPath;
    const google = googleOAuth({ client: CLIENT, redirectUri, endpoints, now: () => clock.now(), ...options });
    const app = new Application();
    const errors: Error[] = [];
    app.on("error", (error: Error) => errors.push(error));
    app.keys = ["a session key of the tests"];
    app.use(session({ store, ...own }, app));
    build(app, google);
    const handle = app.callback();
    server.on("request", (req, res) => void handle(req, res));
    return {
      origin,
      emulator,
      errors,
      visitor: new Visitor(origin, emulator),
      async [Symbol.asyncDispose]() {
        server.close();
        server.closeAllConnections();
        await once(server, "close");
        await emulator.stop();
      },
    };
  }

  const drive: Koa.Middleware = (ctx) => {
    ctx.body = { email: ctx.state.googleAuth.user?.email };
  };

  it("serves its routes in a router without matching routes, and guards a route of the router", async () => {
    for (const mount of [(google: GoogleOAuth) => google.routes(), (google: GoogleOAuth) => google]) {
      await using app = await start((koa, google) => {
        const router = new Router();
        router.use(mount(google));
        router.get("/drive", requireScopes(DRIVE), drive);
        koa.use(router.routes()).use(router.allowedMethods());
      });
      expect((await app.visitor.walk("/drive")).response.body).toEqual({ email: ADA });
      expect((await app.visitor.open("/signout")).status).toBe(200);
      expect((await app.visitor.open("/nothing")).status).toBe(404);
    }
  });

  it("serves its routes in a nested router with a prefix, and keeps the router's parameters", async () => {
    await using app = await start(
      (koa, google) => {
        const inner = new Router();
        inner.use(google.routes());
        inner.get("/drive", google.requireScopes(DRIVE), drive);
        const outer = new Router({ prefix: "/app" });
        outer.param("id", (_id, _ctx, next) => next());
        outer.use("/google", inner.routes());
        koa.use(outer.routes());
      },
      { callbackPath: "/app/google/oauth2callback" },
    );
    expect((await app.visitor.walk("/app/google/drive")).response.body).toEqual({ email: ADA });
    expect((await app.visitor.open("/app/google/signout")).status).toBe(200);
    expect((await app.visitor.open("/signout")).status).toBe(404);
    expect(app.errors).toEqual([]);
  });

  it("follows a prefix that is set later, and rejects a prefix with parameters", async () => {
    let refusal: unknown;
    await using app = await start(
      (koa, google) => {
        const router = new Router({ prefix: "/old" });
        router.use(google.routes());
        router.get("/drive", requireScopes(DRIVE), drive);
        router.prefix("/new");
        koa.use(router.routes());
        try {
          new Router({ prefix: "/:tenant" }).use(google.routes());
        } catch (error) {
          refusal = error;
        }
      },
      { callbackPath: "/new/oauth2callback" },
    );
    expect((await app.visitor.walk("/new/drive")).response.body).toEqual({ email: ADA });
    expect(refusal).toBeInstanceOf(TypeError);
    expect(String(refusal)).toMatch(/"\/:tenant" has parameters.* Mount at the root of the app: `app.use\(google\)`/);
  });

  it("works below koa-mount, as middleware and in a router, and with middleware that rewrites paths", async () => {
    for (const inRouter of [true, false]) {
      await using app = await start(
        (koa, google) => {
          const router = new Router();
          if (inRouter) router.use(google.routes());
          router.get("/drive", requireScopes(DRIVE), drive);
          koa.use(mounted("/google", ...(inRouter ? [] : [google]), router.routes() as Koa.Middleware));
        },
        { callbackPath: "/google/oauth2callback" },
      );
      expect((await app.visitor.walk("/google/drive?x=1")).response.body).toEqual({ email: ADA });
      expect((await app.visitor.open("/google/signout")).status).toBe(200);
    }
    await using rewritten = await start((koa, google) => {
      koa.use((ctx, next) => {
        if (ctx.path.startsWith("/en/")) ctx.path = ctx.path.slice(3);
        return next();
      });
      const router = new Router().get("/drive", requireScopes(DRIVE), drive);
      koa.use(google).use(router.routes());
    });
    const { response } = await rewritten.visitor.walk("/en/drive");
    expect([response.request.url, response.body]).toEqual([`${rewritten.origin}/en/drive`, { email: ADA }]);
  });

  it("throws errors that Koa understands, and that reach `error` listeners", async () => {
    await using app = await start(
      (koa, google) => {
        koa.use(google).use(requireScopes(DRIVE, { onMissing: "error" }));
      },
      { options: { store: { ...memoryTokenStore(), get: () => Promise.reject(new Error("down at host 10.0.0.7")) } } },
    );
    const refused = await app.visitor.call("/drive");
    expect([refused.status, refused.text]).toEqual([401, app.errors[0]!.message]);
    expect(app.errors[0]).toBeInstanceOf(AuthError);
    const { response } = await app.visitor.walk("/authorize?return_to=/drive");
    expect(response.status).toBe(503);
    expect(response.headers["retry-after"]).toBeDefined();
    expect(response.text).not.toContain("10.0.0.7");
  });

  it("handles thrown errors with the error handler before or after the session middleware", async () => {
    for (const outside of [true, false]) {
      await using app = await start((koa, google) => {
        const router = new Router().get("/token", requireSignIn(), async (ctx) => {
          ctx.type = "text/csv";
          ctx.body = await ctx.state.googleAuth.getAccessToken();
        });
        koa.use(outside ? google.errorHandler : google).use(outside ? google : google.errorHandler);
        koa.use(router.routes());
      });
      await app.visitor.walk("/token");
      app.emulator.revokeUser(ADA);
      app.emulator.clock.advance(3600_000);
      const { response, visits } = await app.visitor.walk("/token");
      expect([response.status, visits]).toEqual([200, 1]);
      expect(response.headers["content-type"]).toContain("text/csv");
    }
  });

  it("gives the next user a new session ID, without the former user's content, also in the store", async () => {
    await using app = await start((koa, google) => {
      const router = new Router().get("/", (ctx) => {
        if (ctx.query["put"] !== undefined) ctx["session"].basket = ctx.query["put"];
        ctx.body = { basket: ctx["session"].basket, email: ctx.state.googleAuth.user?.email };
      });
      koa.use(google).use(router.routes());
    });
    const { visitor } = app;
    await visitor.open("/?put=book");
    const [anonymous] = records.keys();
    expect((await visitor.walk("/authorize")).response.body).toEqual({ basket: "book", email: ADA });
    const [ofAda, ...others] = records.keys();
    expect(others).toEqual([]);
    expect(ofAda).not.toBe(anonymous);
    const second = await visitor.walk("/authorize?prompt=select_account", { user: GRACE });
    expect(second.response.body).toEqual({ email: GRACE });
    const [ofGrace, ...left] = records.keys();
    expect(left).toEqual([]);
    expect(ofGrace).not.toBe(ofAda);
    expect(JSON.stringify([...records])).not.toContain("book");
  });

  it.each(["cookie", "store"])("saves the session itself with `autoCommit: false`, in a %s", async (kind) => {
    await using app = await start(
      (koa, google) => {
        const router = new Router().get("/drive", requireScopes(DRIVE), drive);
        koa.use(google).use(router.routes());
      },
      { session: { autoCommit: false, ...(kind === "cookie" && { store: undefined }) } },
    );
    expect((await app.visitor.walk("/drive")).response.body).toEqual({ email: ADA });
    await app.visitor.post("/signout", {}, OWN_PAGE);
    expect((await app.visitor.call("/drive")).body.error).toBe("sign_in_required");
  });

  it("keeps a token that was refreshed after the response's head was sent, if sessions are in a store", async () => {
    await using app = await start((koa, google) => {
      const router = new Router()
        .get("/token", async (ctx) => {
          ctx.body = await ctx.state.googleAuth.getAccessToken();
        })
        .get("/late", requireSignIn(), async (ctx) => {
          ctx.respond = false;
          ctx.res.writeHead(200);
          ctx.res.end(await ctx.state.googleAuth.getAccessToken());
        });
      koa.use(google).use(router.routes());
    });
    const { visitor, emulator } = app;
    await visitor.walk("/late");
    emulator.clock.advance(3600_000);
    const late = await visitor.open("/late");
    expect((await visitor.open("/token")).text).toBe(late.text);
  });
});

/** Removes the prefix from the path for later middleware, and restores it afterwards, as koa-mount does. */
function mounted(prefix: string, ...middleware: Koa.Middleware[]): Koa.Middleware {
  return async (ctx, next) => {
    const sent = ctx.path;
    expect(sent).toMatch(new RegExp(`^${prefix}/`));
    ctx["mountPath"] = prefix;
    ctx.path = sent.slice(prefix.length);
    const run = (index: number): Promise<unknown> => {
      const step = middleware[index];
      return step === undefined ? next() : Promise.resolve(step(ctx, () => run(index + 1)));
    };
    await run(0);
    ctx.path = sent;
  };
}
