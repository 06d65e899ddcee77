// oxlint-disable oxc/no-async-endpoint-handlers -- Fastify waits for them, and hands on what they throw
import cookie from "@fastify/cookie";
import secureSession from "@fastify/secure-session";
import session from "@fastify/session";
import { AuthError } from "@scopegate/core";
import type { SessionHandle } from "@scopegate/core/adapter";
import Fastify from "fastify";
import type { FastifyPluginAsync } from "fastify";
import { describe, expect, it, onTestFinished } from "vitest";
import { fastifySession } from "./session.ts";

type Work = (handle: SessionHandle | undefined) => unknown;
type SessionStore = NonNullable<session.FastifySessionOptions["store"]>;

/** A browser at an app with one route, where each request does some work with its session. */
async function start(plugin: FastifyPluginAsync, headersSent = false) {
  const app = Fastify();
  onTestFinished(() => app.close());
  await app.register(cookie);
  await plugin(app, {});
  let work: Work;
  app.get("*", async (request) => ({
    result: (await work(fastifySession(request as unknown as { session: unknown }, () => headersSent))) ?? null,
  }));
  const cookies: Record<string, string> = {};
  return {
    cookies,
    /** One request: what its work gives, or the error that it ends with. */
    async visit<Result>(next: (handle: SessionHandle) => Result, url = "/"): Promise<Awaited<Result>> {
      let failure: Error | undefined;
      work = async (handle) => {
        try {
          return await next(handle!);
        } catch (error) {
          failure = error as Error;
          return null;
        }
      };
      const answer = await app.inject({ url, cookies });
      for (const { name, value } of answer.cookies) cookies[name] = value;
      if (failure !== undefined) throw failure;
      return answer.json<{ result: Awaited<Result> }>().result;
    },
  };
}

const inCookie: FastifyPluginAsync = async (app) => {
  await app.register(secureSession, { key: Buffer.alloc(32, "k"), cookie: { path: "/" } });
};

function onServer(store?: SessionStore, path = "/"): FastifyPluginAsync {
  return async (app) => {
    await app.register(session, {
      secret: "a session secret of the tests, 32 characters",
      saveUninitialized: false,
      cookie: { secure: false, path },
      ...(store && { store }),
    });
  };
}

describe.each([
  ["@fastify/session", onServer(), { storage: "server", renewable: true }],
  ["@fastify/secure-session", inCookie, { storage: "cookie", renewable: false }],
] as const)("a session of %s", (_name, plugin, capabilities) => {
  it("says what it can do", async () => {
    expect(await (await start(plugin)).visit((handle) => handle.capabilities)).toEqual(capabilities);
  });

  it("keeps for the next request what was set and saved, without what was deleted", async () => {
    const { visit } = await start(plugin);
    await visit(async (handle) => {
      handle.set("a", { of: [1, "two"] });
      handle.set("b", 2);
      await handle.save();
    });
    expect(await visit((handle) => [handle.get("a"), handle.get("b")])).toEqual([{ of: [1, "two"] }, 2]);
    await visit(async (handle) => {
      handle.delete("b");
      await handle.save();
    });
    expect(await visit((handle) => [handle.get("a"), handle.get("b")])).toEqual([{ of: [1, "two"] }, null]);
  });

  it("keeps everything on renewal, or nothing", async () => {
    const { visit } = await start(plugin);
    await visit((handle) => handle.set("basket", "book"));
    for (const [keep, left] of [
      ["all", "book"],
      ["nothing", null],
    ] as const) {
      await visit(async (handle) => {
        await handle.regenerate(keep);
        handle.set("user", keep);
        await handle.save();
      });
      expect(await visit((handle) => [handle.get("basket"), handle.get("user")])).toEqual([left, keep]);
    }
  });
});

describe("@fastify/session", () => {
  it("gets another id by renewal, and the old one opens nothing", async () => {
    const { visit, cookies } = await start(onServer());
    await visit((handle) => handle.set("user", "ada"));
    const old = cookies["sessionId"]!;
    await visit(async (handle) => {
      await handle.regenerate("all");
      await handle.save();
    });
    expect(cookies["sessionId"]).not.toBe(old);
    cookies["sessionId"] = old;
    expect(await visit((handle) => handle.get("user"))).toBeNull();
  });

  it("is unavailable where its store fails", async () => {
    const failing: SessionStore = {
      get: (_id, callback) => callback(null, null),
      set: (_id, _content, callback) => callback(new Error("down at 10.0.0.7")),
      destroy: (_id, callback) => callback(),
    };
    const { visit } = await start(onServer(failing));
    for (const work of [
      (handle: SessionHandle) => handle.save(),
      (handle: SessionHandle) => handle.regenerate("all"),
    ]) {
      const error = await visit(work).catch((thrown: unknown) => thrown as AuthError);
      expect(error).toMatchObject({ code: "session_unavailable", cause: expect.any(Error) });
      expect(String(error)).not.toContain("10.0.0.7");
    }
  });

  it("is none where its cookie's path does not reach", async () => {
    const { visit } = await start(onServer(undefined, "/app"));
    expect(await visit((handle) => handle === undefined, "/app/page")).toBe(false);
    expect(await visit((handle) => handle === undefined, "/elsewhere")).toBe(true);
  });
});

describe("@fastify/secure-session", () => {
  it("says of a session that is too large for a cookie that it is, before a browser drops it", async () => {
    const { visit, cookies } = await start(inCookie);
    const fill = (length: number) =>
      visit(async (handle) => {
        handle.set("filling", "é".repeat(length));
        await handle.save();
      });
    let [fits, tooLong] = [0, 4000];
    while (tooLong - fits > 1) {
      const length = Math.floor((fits + tooLong) / 2);
      const isRefused = await fill(length).then(
        () => false,
        (error: AuthError) => error.code === "session_unavailable",
      );
      if (isRefused) tooLong = length;
      else fits = length;
    }
    await fill(fits);
    const sent = encodeURIComponent(cookies["session"]!).length;
    // Never more than a browser keeps, and not far below it.
    expect(sent).toBeLessThan(4096);
    expect(sent).toBeGreaterThan(3700);
    await expect(fill(tooLong)).rejects.toThrow(AuthError);
  });

  it("warns of a change that comes after the response's head has left", async () => {
    const { visit } = await start(inCookie, true);
    const warnings: Error[] = [];
    const listen = (warning: Error) => void warnings.push(warning);
    process.on("warning", listen);
    onTestFinished(() => void process.off("warning", listen));
    await visit((handle) => handle.save());
    expect(warnings).toContainEqual(expect.objectContaining({ code: "SCOPEGATE_UNSAVED" }));
  });
});

it("is none on a request without a session plugin", async () => {
  expect(await (await start(async () => undefined)).visit((handle) => handle === undefined)).toBe(true);
});
